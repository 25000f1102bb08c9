#include "tools/sluicectl/flow_ring.h"

#include <arpa/inet.h>

#include <cstring>
#include <limits>
#include <memory>

#include "sluice/bpf/hash.h"
#include "sluice/bpf/ring.h"
#include "userspace/l4/service_table.h"

namespace sluice::ctl {
namespace {

/// The flow's key F, as the kernel builds it from the client's packet.
template <class Key>
std::uint64_t hash_of(std::uint64_t (*hash)(const Key*), const l4::ServiceId& service, const SocketAddress& client) {
  Key key{};
  const auto vip = service.vip.wire();
  std::memcpy(&key.source, client.ip.data(), sizeof(key.source));
  std::memcpy(&key.destination, vip.data(), sizeof(key.destination));
  key.source_port = htons(client.port);
  key.destination_port = htons(service.port);
  key.protocol = service.protocol;
  return hash(&key);
}

std::uint64_t flow_hash_v4(const flow_key4* key) {
  return flow_hash4(key);
}

std::uint64_t flow_hash_v6(const flow_key6* key) {
  return flow_hash6(key);
}

}  // namespace

FlowRing::FlowRing(const l4::ServiceId& service, const l4::ServicePlan& plan)
    : service_(service), slots_(2 * l4::kRingSizes.back()) {
  std::vector<::service> services(2);
  std::vector<::backend> backends(plan.shares.size() + plan.draining.size() + 1);
  // Where packets to a backend come from is the node's affair, not the ring's.
  l4::BackendTable backend_table(
      backends, [](const l4::Target&) { return l4::BackendSource{.first = 0, .count = 1, .why = {}}; });
  l4::RingTable rings(slots_);
  l4::ServiceTable table(services,
                         {.set = [](const service_key&, std::uint32_t) { return true; },
                          .erase = [](const service_key&) {},
                          .retire = [](std::uint32_t, const std::string&) {}},
                         backend_table, rings);
  l4::ServicePlanPtr held = std::make_shared<const l4::ServicePlan>(plan);
  table.update({service}, [&](const l4::ServiceId&) { return held; }, {});
  ring_ = services[table.id(service)].ring;
  for (const auto& [target, weight] : plan.shares) targets_.emplace(backend_table.index(target), target);
}

FlowRing::Pick FlowRing::pick(const SocketAddress& client) const {
  const std::uint64_t hash = service_.vip.is_v4() ? hash_of<flow_key4>(flow_hash_v4, service_, client)
                                                  : hash_of<flow_key6>(flow_hash_v6, service_, client);
  Pick pick{.slots = ring_.slots, .target = {}};
  std::uint32_t index = ring_.offset;
  if (ring_.slots > 0) {
    pick.slot = ring_slot(hash, ring_.slots);
    index = slots_[ring_.offset + pick.slot];
  }
  if (const auto found = targets_.find(index); index != RING_REJECT && found != targets_.end()) {
    pick.target = found->second;
  }
  return pick;
}

}  // namespace sluice::ctl
