#include "controller/attach/round.h"

namespace sluice::attach {

/// Few, and quickly made: all of them each time.
void update_gateway_classes(Round& round) {
  std::set<std::string> names;
  if (const auto& name = round.state.options.gateway_class; !name.empty()) names.insert(name);
  for (const auto& [name, object] : round.world.objects.gateway_classes) names.insert(name.name);
  auto& results = round.state.graph.gateway_classes;
  std::map<api::NamespacedName, GatewayClassResult> now;
  for (const auto& name : names) {
    if (auto result = find_class(round.world, name)) now.emplace(api::NamespacedName{"", name}, *std::move(result));
  }
  for (const auto& [name, result] : now) {
    const auto before = results.find(name);
    if (before == results.end() || before->second.gateway_class != result.gateway_class ||
        before->second.conditions != result.conditions) {
      round.delta.status.insert(result.ref);
    }
  }
  for (const auto& [name, result] : results) {
    if (!now.contains(name)) round.delta.status.insert(result.ref);
  }
  results = std::move(now);
}

}  // namespace sluice::attach
