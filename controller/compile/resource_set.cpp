#include "controller/compile/resource_set.h"

#include <algorithm>

#include "controller/compile/digest.h"

namespace sluice::compile {

void ResourceSet::put(model::v1::Resource resource) {
  const std::string name = resource.name();
  resource.clear_hash();
  resource.clear_name();  // the hash is of the content alone
  Stored now{.content = deterministic_bytes(resource)};
  std::ranges::copy(sha256(now.content), now.hash.begin());
  const auto [slot, added] = resources_.try_emplace(name);
  if (!added && slot->second.hash == now.hash) return;
  before_.try_emplace(name, added ? std::nullopt : std::optional(slot->second.hash));
  slot->second = std::move(now);
}

void ResourceSet::erase(const std::string& name) {
  const auto found = resources_.find(name);
  if (found == resources_.end()) return;
  before_.try_emplace(name, found->second.hash);
  resources_.erase(found);
}

void ResourceSet::print(const Resources::value_type& stored, model::v1::Resource& out) {
  out.ParseFromString(stored.second.content);
  out.set_name(stored.first);
  out.set_hash(stored.second.hash.data(), stored.second.hash.size());
}

model::v1::Delta ResourceSet::take_delta() {
  model::v1::Delta delta;
  for (const auto& [name, before] : before_) {
    const auto now = resources_.find(name);
    if (now == resources_.end()) {
      if (before) delta.add_removed(name);
    } else if (before != now->second.hash) {
      print(*now, *delta.add_changed());
    }
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
  model.mutable_resources()->Reserve(static_cast<int>(resources_.size()));
  for (const auto& stored : resources_) print(stored, *model.add_resources());
  return model;
}

}  // namespace sluice::compile
