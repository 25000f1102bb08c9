#include "userspace/subscribe/assembly.h"

#include <utility>

namespace sluice::subscribe {

void Assembly::clear() {
  bytes_ = 0;
  resource_.clear();
  delta_.Clear();
}

std::expected<void, std::string> Assembly::end_resource() {
  if (resource_.empty()) return {};
  auto& resource = *delta_.add_changed();
  if (!resource.ParseFromString(resource_) || resource.name().empty()) {
    return std::unexpected("a resource of the transaction cannot be read");
  }
  resource_.clear();
  return {};
}

std::expected<std::optional<model::v1::Delta>, std::string> Assembly::add(const control::v1::Part& part) {
  if (part.continues() && (resource_.empty() || part.changed().empty())) {
    return std::unexpected("a part of the transaction continues nothing");
  }
  for (int i = 0; i < part.changed_size(); ++i) {
    if (i > 0 || !part.continues()) {
      if (auto ended = end_resource(); !ended) return std::unexpected(std::move(ended.error()));
    }
    resource_ += part.changed(i);
    bytes_ += part.changed(i).size();
  }
  for (const auto& name : part.removed()) {
    delta_.add_removed(name);
    bytes_ += name.size();
  }
  if (bytes_ > limit_) return std::unexpected("the transaction is longer than " + std::to_string(limit_) + " bytes");
  if (!part.has_end()) return std::nullopt;
  if (auto ended = end_resource(); !ended) return std::unexpected(std::move(ended.error()));
  delta_.set_base_generation(part.end().base_generation());
  delta_.set_generation(part.end().generation());
  auto whole = std::exchange(delta_, {});
  clear();
  return whole;
}

}  // namespace sluice::subscribe
