#include "controller/daemon/publication.h"

#include <algorithm>

namespace sluice::daemon {

void Publication::join(const std::vector<model::v1::Resource>& addresses, model::v1::Delta& compiled) {
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
}

model::v1::Delta Publication::next(model::v1::Delta compiled, const std::vector<model::v1::Resource>* addresses,
                                   bool is_other) {
  if (addresses != nullptr) join(*addresses, compiled);
  std::ranges::sort(*compiled.mutable_changed(), {}, [](const auto& resource) { return resource.name(); });
  std::ranges::sort(*compiled.mutable_removed());
  compiled.set_base_generation(generation_);
  if (is_other || compiled.changed_size() + compiled.removed_size() > 0) ++generation_;
  compiled.set_generation(generation_);
  return compiled;
}

}  // namespace sluice::daemon
