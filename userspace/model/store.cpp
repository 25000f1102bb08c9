#include "userspace/model/store.h"

#include <deque>

#include "sluice/references.h"

namespace sluice::model {

SharedDelta share(v1::Delta delta) {
  SharedDelta shared{.base_generation = delta.base_generation(),
                     .generation = delta.generation(),
                     .changed = {},
                     .removed = {delta.removed().begin(), delta.removed().end()}};
  shared.changed.reserve(static_cast<std::size_t>(delta.changed_size()));
  for (auto& resource : *delta.mutable_changed()) {
    shared.changed.push_back(std::make_shared<const v1::Resource>(std::move(resource)));
  }
  return shared;
}

v1::Model Snapshot::model() const {
  v1::Model model;
  model.set_generation(generation);
  model.mutable_resources()->Reserve(static_cast<int>(resources.size()));
  for (const auto& resource : resources) *model.add_resources() = *resource;
  return model;
}

std::expected<void, std::string> Store::check_base(std::uint64_t base) const {
  if (base == generation_) return {};
  return std::unexpected("delta from generation " + std::to_string(base) + ", in force is " +
                         std::to_string(generation_));
}

void Store::put(ResourcePtr resource) {
  auto& slot = resources_[resource->name()];
  if (slot) unlink(*slot);
  slot = std::move(resource);
  link(*slot);
}

void Store::erase(std::string_view name) {
  const auto found = resources_.find(name);
  if (found == resources_.end()) return;
  unlink(*found->second);
  resources_.erase(found);
}

std::expected<void, std::string> Store::apply(const v1::Delta& delta) {
  if (auto fits = check_base(delta.base_generation()); !fits) return fits;
  for (const auto& resource : delta.changed()) put(std::make_shared<const v1::Resource>(resource));
  for (const auto& name : delta.removed()) erase(name);
  generation_ = delta.generation();
  return {};
}

std::expected<void, std::string> Store::apply(const SharedDelta& delta) {
  if (auto fits = check_base(delta.base_generation); !fits) return fits;
  for (const auto& resource : delta.changed) put(resource);
  for (const auto& name : delta.removed) erase(name);
  generation_ = delta.generation;
  return {};
}

ResourcePtr Store::find(std::string_view name) const {
  const auto found = resources_.find(name);
  return found == resources_.end() ? nullptr : found->second;
}

std::set<std::string> Store::frontends_of(const std::set<std::string>& names) const {
  std::set<std::string_view> seen(names.begin(), names.end());
  std::deque<std::string_view> open(names.begin(), names.end());
  std::set<std::string> frontends;
  while (!open.empty()) {
    const std::string_view name = open.front();
    open.pop_front();
    if (name.starts_with("frontend/")) frontends.emplace(name);
    for (auto at = referrers_.lower_bound({name, {}}); at != referrers_.end() && at->first == name; ++at) {
      if (seen.insert(at->second).second) open.push_back(at->second);
    }
  }
  return frontends;
}

Snapshot Store::snapshot() const {
  Snapshot snapshot{.generation = generation_, .resources = {}};
  snapshot.resources.reserve(resources_.size());
  for (const auto& [name, resource] : resources_) snapshot.resources.push_back(resource);
  return snapshot;
}

void Store::link(const v1::Resource& resource) {
  for (const auto name : references(resource)) referrers_.emplace(name, resource.name());
}

void Store::unlink(const v1::Resource& resource) {
  for (const auto name : references(resource)) referrers_.erase({name, resource.name()});
}

v1::Delta as_delta(const v1::Model& model) {
  v1::Delta delta;
  delta.set_base_generation(0);
  delta.set_generation(model.generation());
  *delta.mutable_changed() = model.resources();
  return delta;
}

}  // namespace sluice::model
