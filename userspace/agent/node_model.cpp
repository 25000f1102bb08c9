#include "userspace/agent/node_model.h"

#include <utility>

namespace sluice::agent {

std::expected<std::set<std::string>, std::string> NodeModel::apply(model::v1::Delta delta) {
  const auto shared = model::share(std::move(delta));
  if (auto taken = in_force_.apply(shared); !taken) return std::unexpected(std::move(taken.error()));
  put(names_.fill(shared));
  std::set<std::string> changed(shared.removed.begin(), shared.removed.end());
  for (const auto& resource : shared.changed) changed.insert(resource->name());
  return changed;
}

std::set<std::string> NodeModel::answered(const std::string& name, const Resolution& resolution) {
  return put(names_.answered(name, resolution));
}

/// Within the generation: compile knows nothing of it.
std::set<std::string> NodeModel::put(std::vector<model::ResourcePtr> filled) {
  std::set<std::string> changed;
  for (const auto& resource : filled) changed.insert(resource->name());
  const auto generation = in_force_.generation();
  (void)in_force_.apply(model::SharedDelta{generation, generation, std::move(filled), {}});
  return changed;
}

model::v1::Delta NodeModel::towards(const model::v1::Model& whole) const {
  model::v1::Delta delta;
  delta.set_base_generation(in_force_.generation());
  delta.set_generation(whole.generation());
  std::set<std::string> kept;
  for (const auto& resource : whole.resources()) {
    kept.insert(resource.name());
    const auto held = in_force_.find(resource.name());
    if (!held || names_.compiled(held)->hash() != resource.hash()) *delta.add_changed() = resource;
  }
  for (const auto& [name, resource] : in_force_.all()) {
    if (!kept.contains(name)) delta.add_removed(name);
  }
  return delta;
}

model::Snapshot NodeModel::compiled() const {
  auto snapshot = in_force_.snapshot();
  for (auto& resource : snapshot.resources) {
    if (resource->has_endpoints()) resource = names_.compiled(resource);
  }
  return snapshot;
}

}  // namespace sluice::agent
