// One model of two makers: what compile makes of the objects, and the addresses' owners beside it; with generations of
// its own, since either changes without the other.
#pragma once

#include <vector>

#include "controller/compile/resource_set.h"
#include "sluice/model.pb.h"

namespace sluice::daemon {

/// One thread.
class Publication {
 public:
  /// compiled   the Compiler's next delta.
  /// addresses  "vip/" and "source/" resources as they are now, all of them (controller/address); null: as before.
  /// is_other   a generation of its own even without changes: the same model is served by others.
  /// Returns what differs from what was returned before; without changes, and with the same generation, where nothing
  /// does. Changed resources sorted by name.
  model::v1::Delta next(model::v1::Delta compiled, const std::vector<model::v1::Resource>* addresses,
                        bool is_other = false);

  /// 0 before the first delta that changed anything.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  void join(const std::vector<model::v1::Resource>& addresses, model::v1::Delta& compiled);

  compile::ResourceSet addresses_;
  std::set<std::string> names_;  ///< of addresses_
  std::uint64_t generation_ = 0;
};

}  // namespace sluice::daemon
