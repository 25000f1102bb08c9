#include "controller/compile/resource_set.h"

#include "controller/compile/digest.h"

namespace sluice::compile {

void ResourceSet::put(model::v1::Resource resource) {
  resource.clear_hash();
  const std::string name = resource.name();
  resource.clear_name();  // the hash is of the content alone
  resource.set_hash(sha256(deterministic_bytes(resource)));
  resource.set_name(name);
  Slot& slot = resources_[name];
  if (slot && slot->hash() == resource.hash()) return;
  before_.try_emplace(name, slot);
  slot = std::make_shared<const model::v1::Resource>(std::move(resource));
}

void ResourceSet::erase(const std::string& name) {
  const auto found = resources_.find(name);
  if (found == resources_.end()) return;
  before_.try_emplace(name, found->second);
  resources_.erase(found);
}

const model::v1::Resource* ResourceSet::find(const std::string& name) const {
  const auto found = resources_.find(name);
  return found == resources_.end() ? nullptr : found->second.get();
}

model::v1::Delta ResourceSet::take_delta() {
  model::v1::Delta delta;
  for (const auto& [name, before] : before_) {
    const auto* now = find(name);
    if (now == nullptr && before != nullptr) delta.add_removed(name);
    if (now != nullptr && (before == nullptr || before->hash() != now->hash())) *delta.add_changed() = *now;
  }
  before_.clear();
  delta.set_base_generation(generation_);
  if (delta.changed_size() + delta.removed_size() > 0) ++generation_;
  delta.set_generation(generation_);
  return delta;
}

model::v1::Model ResourceSet::model() const {
  model::v1::Model model;
  model.set_generation(generation_);
  for (const auto& [name, resource] : resources_) *model.add_resources() = *resource;
  return model;
}

}  // namespace sluice::compile
