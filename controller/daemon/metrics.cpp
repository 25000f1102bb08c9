#include <algorithm>

#include "controller/daemon/controller.h"

namespace sluice::daemon {
namespace {

void family(std::string& out, const std::string& name, const char* help) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n";
}

/// label: NAME="VALUE" whose value needs no escape; or empty.
void sample(std::string& out, const std::string& name, const std::string& label, std::uint64_t value) {
  out += name + (label.empty() ? "" : "{" + label + "}") + " " + std::to_string(value) + "\n";
}

std::string label(const char* name, const std::string& value) {
  return std::string(name) + "=\"" + value + "\"";
}

}  // namespace

std::string Controller::metrics() const {
  std::string out;
  family(out, "sluice_controller_leader", "1: this replica leads.");
  sample(out, "sluice_controller_leader", "", leads_ ? 1 : 0);
  family(out, "sluice_controller_lease_transitions",
         "leaseTransitions of Lease sluice-controller, as it was last read.");
  sample(out, "sluice_controller_lease_transitions", "", static_cast<std::uint64_t>(leadership_.transitions));
  family(out, "sluice_controller_generation", "Of the model that this replica has made.");
  sample(out, "sluice_controller_generation", "", publication_.generation());
  const auto live = std::ranges::count_if(lives_.nodes, [](const auto& entry) { return entry.second.is_live; });
  family(out, "sluice_controller_nodes", "Nodes: with a Lease that is renewed; and connected, of a leader.");
  sample(out, "sluice_controller_nodes", label("state", "live"), static_cast<std::uint64_t>(live));
  sample(out, "sluice_controller_nodes", label("state", "connected"), presence_.connected().size());
  family(out, "sluice_controller_pool_addresses", "Addresses that an AddressPool can give out.");
  for (const auto& [name, use] : book_.assignment().pools) {
    sample(out, "sluice_controller_pool_addresses", label("pool", name), static_cast<std::uint64_t>(use.total));
  }
  family(out, "sluice_controller_pool_addresses_used", "Of these, those that Gateways and nodes have.");
  for (const auto& [name, use] : book_.assignment().pools) {
    sample(out, "sluice_controller_pool_addresses_used", label("pool", name), static_cast<std::uint64_t>(use.used));
  }
  std::map<std::string, std::uint64_t> vips;
  for (const auto& [address, node] : book_.owners()) ++vips[node];
  family(out, "sluice_controller_vips", "Addresses of Gateways by the node that answers for them; empty: nobody does.");
  for (const auto& [node, count] : vips) sample(out, "sluice_controller_vips", label("node", node), count);
  return out + source_.metrics() + writer_.metrics() + events_.metrics();
}

}  // namespace sluice::daemon
