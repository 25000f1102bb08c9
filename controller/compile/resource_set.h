// The model's resources as they are, and what has changed since a delta was last taken.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sluice/model.pb.h"

namespace sluice::compile {

/// Not thread-safe. A resource that is put with the content that it has is no change; nor is one that is changed and
/// changed back before the delta is taken.
class ResourceSet {
 public:
  /// Takes a resource with name and content; sets its hash.
  void put(model::v1::Resource resource);
  void erase(const std::string& name);

  /// nullptr when there is none.
  [[nodiscard]] const model::v1::Resource* find(const std::string& name) const;

  /// What changed since the last call, sorted by name. Empty: the generation stays.
  model::v1::Delta take_delta();

  [[nodiscard]] model::v1::Model model() const;

 private:
  using Slot = std::shared_ptr<const model::v1::Resource>;

  std::map<std::string, Slot> resources_;
  std::map<std::string, Slot> before_;  ///< of what was touched since the last delta; nullptr: was not there
  std::uint64_t generation_ = 0;
};

}  // namespace sluice::compile
