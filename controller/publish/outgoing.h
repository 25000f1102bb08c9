// A transaction on its way to a node, cut into parts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/publish/published.h"
#include "sluice/control.pb.h"

namespace sluice::publish {

class Outgoing {
 public:
  std::uint64_t base_generation = 0;
  std::uint64_t generation = 0;
  std::vector<PublishedPtr> changed;
  std::vector<std::string> removed;

  /// The next part, of control::kMessageBytes or little more; its end is set in the last one.
  control::v1::Part next();
  [[nodiscard]] bool is_sent() const { return is_sent_; }

 private:
  std::size_t resource_ = 0;  ///< first that is not sent whole ...
  std::size_t offset_ = 0;    ///< ... and what is sent of it
  std::size_t name_ = 0;
  bool is_sent_ = false;
};

}  // namespace sluice::publish
