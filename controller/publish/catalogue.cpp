#include "controller/publish/catalogue.h"

namespace sluice::publish {

std::vector<Catalogue::Change> Catalogue::apply(const model::v1::Delta& delta) {
  std::vector<Change> changes;
  for (const auto& resource : delta.changed()) {
    auto& slot = resources_[resource.name()];
    if (slot != nullptr && slot->hash == resource.hash()) continue;
    slot = published(resource);
    changes.push_back({slot->name, slot});
  }
  for (const auto& name : delta.removed()) {
    if (resources_.erase(name) > 0) changes.push_back({name, nullptr});
  }
  generation_ = delta.generation();
  is_whole_ = true;
  return changes;
}

PublishedPtr Catalogue::find(std::string_view name) const {
  const auto found = resources_.find(name);
  return found != resources_.end() ? found->second : nullptr;
}

}  // namespace sluice::publish
