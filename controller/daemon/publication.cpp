#include "controller/daemon/publication.h"

#include <algorithm>

namespace sluice::daemon {

model::v1::Delta Publication::next(model::v1::Delta compiled, const std::vector<model::v1::Resource>& addresses) {
  std::set<std::string> names;
  for (const auto& resource : addresses) {
    names.insert(resource.name());
    addresses_.put(resource);
  }
  for (const auto& name : names_) {
    if (!names.contains(name)) addresses_.erase(name);
  }
  names_ = std::move(names);
  model::v1::Delta beside = addresses_.take_delta();
  for (auto& resource : *beside.mutable_changed()) *compiled.add_changed() = std::move(resource);
  for (auto& name : *beside.mutable_removed()) *compiled.add_removed() = std::move(name);
  std::ranges::sort(*compiled.mutable_changed(), {}, [](const auto& resource) { return resource.name(); });
  std::ranges::sort(*compiled.mutable_removed());
  compiled.set_base_generation(generation_);
  if (compiled.changed_size() + compiled.removed_size() > 0) ++generation_;
  compiled.set_generation(generation_);
  return compiled;
}

}  // namespace sluice::daemon
