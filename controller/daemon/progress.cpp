#include "controller/daemon/progress.h"

#include <algorithm>

#include "controller/compile/names.h"

namespace sluice::daemon {
namespace {

constexpr std::string_view kFrontend = "frontend/";
constexpr std::string_view kVip = "vip/";

std::string frontend_of(const attach::ListenerId& id) {
  return std::string(kFrontend) + compile::listener_path(id);
}

/// Frontends and VIPs that the delta is about.
std::set<std::string> touched(const model::v1::Delta& delta) {
  std::set<std::string> out;
  const auto add = [&](const std::string& name) {
    if (name.starts_with(kFrontend) || name.starts_with(kVip)) out.insert(name);
  };
  for (const auto& resource : delta.changed()) add(resource.name());
  for (const auto& name : delta.removed()) add(name);
  return out;
}

bool is_about(const attach::GatewayResult& gateway, const std::set<std::string>& names) {
  return std::ranges::any_of(gateway.listeners, [&](const auto& id) { return names.contains(frontend_of(id)); }) ||
         std::ranges::any_of(gateway.addresses,
                             [&](const auto& address) { return names.contains(std::string(kVip) + address); });
}

/// nullopt: all.
std::optional<std::set<std::string>> nodes_of(const api::NamespacedName& gateway, const Serving& serving) {
  const auto found = serving.find(gateway);
  return found != serving.end() ? std::optional(found->second) : std::nullopt;
}

/// The whole text of a node's refusal, with the node's name where there are others that it may not be of.
void add_refusals(const Progress::Nodes& nodes, status::DataPlane& out) {
  for (const auto& [name, node] : nodes) {
    if (!node.live) continue;
    for (const auto& [resource, why] : node.refused) {
      std::string& text = out.refused[resource];
      text += text.empty() ? "node " : "; node ";
      text += name;
      text += ": ";
      text += why;
    }
  }
}

}  // namespace

void Progress::published(const model::v1::Delta& delta, const attach::Graph& graph, const Serving& serving) {
  if (delta.generation() == generation_) return;
  generation_ = delta.generation();
  std::erase_if(needed_, [&](const auto& entry) { return !graph.gateways.contains(entry.first); });
  const auto names = touched(delta);
  const auto before = std::exchange(serving_, serving);
  if (names.empty() && serving == before) return;
  for (const auto& [name, gateway] : graph.gateways) {
    if (is_about(gateway, names) || nodes_of(name, serving) != nodes_of(name, before)) needed_[name] = generation_;
  }
}

std::map<api::ObjectRef, std::string> unanswered(const attach::Graph& graph, const address::Owners& owners,
                                                 const Progress::Nodes& nodes) {
  std::map<api::ObjectRef, std::string> out;
  for (const auto& [name, gateway] : graph.gateways) {
    if (!gateway.accepted) continue;
    for (const auto& address : gateway.addresses) {
      const auto owner = owners.find(address);
      if (owner == owners.end() || owner->second.empty()) {
        out[gateway.ref] = "no node answers for " + address;
      } else if (const auto node = nodes.find(owner->second); node == nodes.end() || !node->second.live) {
        out[gateway.ref] = "node " + owner->second + ", which answers for " + address + ", is not connected";
      }
    }
  }
  return out;
}

std::optional<Presence::Time> owners_awaited(const attach::Graph& graph, const address::Owners& owners,
                                             const lease::NodeLives& lives, const Presence& presence,
                                             Presence::Time now) {
  std::optional<Presence::Time> out;
  for (const auto& [name, gateway] : graph.gateways) {
    if (!gateway.accepted) continue;
    for (const auto& address : gateway.addresses) {
      const auto owner = owners.find(address);
      const auto life = owner != owners.end() ? lives.nodes.find(owner->second) : lives.nodes.end();
      if (life == lives.nodes.end() || !life->second.is_live) continue;
      const auto absent = presence.absent_from(owner->second);
      if (!absent || *absent + Presence::kForOthers <= now) continue;
      out = std::min(out.value_or(Presence::Time::max()), *absent + Presence::kForOthers);
    }
  }
  return out;
}

status::DataPlane Progress::data_plane(const attach::Graph& graph, const address::Owners& owners,
                                       const Nodes& nodes) const {
  status::DataPlane out;
  const bool has_node = std::ranges::any_of(nodes, [](const auto& entry) { return entry.second.live; });
  out.state = has_node ? status::DataPlane::State::Programmed : status::DataPlane::State::NoResources;
  if (!has_node) return out;
  out.pending = unanswered(graph, owners, nodes);
  for (const auto& [name, gateway] : graph.gateways) {
    const auto selected = serving_.find(name);
    const auto needed = needed_.find(name);
    std::string behind;
    bool is_served = false;
    for (const auto& [node_name, node] : nodes) {
      if (!node.live || (selected != serving_.end() && !selected->second.contains(node_name))) continue;
      is_served = true;
      if (needed == needed_.end() || node.generation >= needed->second) continue;
      behind += (behind.empty() ? "" : ", ") + node_name;
    }
    if (!is_served) {
      out.pending[gateway.ref] = "no node that its SluiceParameters select is there to serve it";
    } else if (!behind.empty() && !out.pending.contains(gateway.ref)) {
      out.pending[gateway.ref] = (behind.contains(',') ? "waiting for nodes " : "waiting for node ") + behind;
    }
  }
  add_refusals(nodes, out);
  return out;
}

bool Progress::is_everywhere(const Nodes& nodes) const {
  bool has_node = false;
  for (const auto& [name, node] : nodes) {
    if (!node.live) continue;
    has_node = true;
    if (node.generation < generation_) return false;
  }
  return has_node;
}

bool has_fallen_behind(const Progress::Nodes& before, const Progress::Nodes& now) {
  return std::ranges::any_of(now, [&](const auto& entry) {
    const auto known = before.find(entry.first);
    return known != before.end() && known->second.live && entry.second.live &&
           entry.second.generation < known->second.generation;
  });
}

ServingNodes serving_of(const attach::Graph& graph, const Serving& serving, const std::set<std::string>& nodes) {
  ServingNodes out;
  out.others.all = false;
  for (const auto& node : nodes) out.nodes[node].all = serving.empty();
  if (serving.empty()) return out;
  for (const auto& [name, gateway] : graph.gateways) {
    const auto selected = serving.find(name);
    for (const auto& id : gateway.listeners) {
      const std::string frontend = frontend_of(id);
      for (auto& [node, its] : out.nodes) {
        if (selected == serving.end() || selected->second.contains(node)) its.frontends.insert(frontend);
      }
    }
  }
  return out;
}

}  // namespace sluice::daemon
