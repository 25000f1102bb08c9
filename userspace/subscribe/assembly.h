// The parts of a transaction, until it is whole.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "sluice/control.pb.h"
#include "sluice/model.pb.h"

namespace sluice::subscribe {

class Assembly {
 public:
  /// limit: bytes of a transaction.
  explicit Assembly(std::size_t limit) : limit_(limit) {}

  /// The delta, with its last part. Error: the controller does not keep to the protocol, or it is too long.
  std::expected<std::optional<model::v1::Delta>, std::string> add(const control::v1::Part& part);

  /// What has come is void.
  void clear();

 private:
  std::expected<void, std::string> end_resource();

  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::string resource_;  ///< the last one, which may be continued
  model::v1::Delta delta_;
};

}  // namespace sluice::subscribe
