#include "tests/bpf/gateway.h"

#include <arpa/inet.h>

#include <cstring>

#include "sluice/bpf/address.h"
#include "sluice/bpf/device.h"
#include "sluice/bpf/ring.h"
#include "sluice/bpf/snat.h"

namespace sluice::test {
namespace {

constexpr std::uint32_t kZero = 0;

Endpoint numbered(family kind, const char* v4, const char* v6, int number, std::uint16_t port) {
  char text[64];
  std::snprintf(text, sizeof(text), kind == FAMILY_V4 ? v4 : v6, number);
  return endpoint(text, port);
}

}  // namespace

Endpoint Addresses::client(std::uint16_t port, int number) const {
  return numbered(kind, "203.0.113.%d", "2001:db8:c::%x", number, port);
}
Endpoint Addresses::vip(std::uint16_t port) const {
  return numbered(kind, "198.51.100.%d", "2001:db8:feed::%x", 7, port);
}
Endpoint Addresses::node(std::uint16_t port) const {
  return numbered(kind, "203.0.113.%d", "2001:db8:c::%x", 1, port);
}
Endpoint Addresses::backend(int number) const {
  return numbered(kind, "10.1.0.%d", "fd00:1::%x", 10 + number, 8080);
}
Endpoint Addresses::snat(std::uint16_t port) const {
  return numbered(kind, "10.1.0.%d", "fd00:1::%x", 2, port);
}
Endpoint Addresses::unresolved() const {
  return numbered(kind, "10.1.0.%d", "fd00:1::%x", kind == FAMILY_V4 ? 99 : 0x63, 8080);
}
Endpoint Addresses::unreachable() const {
  return numbered(kind, "172.16.0.%d", "fc00::%x", 5, 8080);
}
Endpoint Addresses::stranger() const {
  return numbered(kind, "192.0.2.%d", "2001:db8:5::%x", 77, 9);
}

Gateway::Gateway(std::unique_ptr<Build> build, family kind) : addresses(kind), build_(std::move(build)) {
  build_->clear();
  config_defaults(&config_, build_->hz());
  config_.generation = 1;
  config_.flags = CONFIG_XDP_REDIRECT;
  build_->update("config", &kZero, &config_);
  set_roles(addresses.vip(0), ADDRESS_VIP);
  set_roles(addresses.node(0), ADDRESS_LOCAL);
  set_roles(addresses.snat(), ADDRESS_SNAT);
  snat(10000, 20000);
  const device xdp{DEVICE_XDP, 0};
  const std::uint32_t clients = build_->devices().clients, backends = build_->devices().backends;
  build_->update("devices", &clients, &xdp);
  build_->update("devices", &backends, &xdp);
}

void Gateway::snat(std::uint16_t low, std::uint16_t count) {
  snat_source source{};
  source.address = addresses.snat().mapped();
  source.port_low = low;
  source.ports = count;
  build_->update("snat_sources", &kZero, &source);
}

void Gateway::set_ports(std::uint16_t low, std::uint16_t count) {
  snat(low, count);
}

void Gateway::set_roles(const Endpoint& address, std::uint32_t roles) {
  const addr key = address.mapped();
  const ::address value{roles, 0};
  build_->update("addresses", &key, &value);
}

std::uint32_t Gateway::add_backend(const Endpoint& at) {
  backend entry{};
  entry.address = at.mapped();
  entry.port = htons(at.port);
  entry.family = at.kind;
  entry.state = BACKEND_READY;
  entry.epoch = 1;
  entry.snat_count = 1;
  build_->update("backends", &next_backend_, &entry);
  backends_.push_back(at);
  return next_backend_++;
}

void Gateway::set_backend(std::uint32_t index, backend_state state, std::uint32_t removed_ago) {
  backend entry{};
  build_->lookup("backends", &index, &entry);
  entry.state = state;
  entry.removed_at = build_->jiffies() - removed_ago;
  build_->update("backends", &index, &entry);
  bump_generation();
}

void Gateway::set_service(std::uint32_t id, service_state state) {
  service entry{};
  build_->lookup("services", &id, &entry);
  entry.state = state;
  entry.removed_at = build_->jiffies();
  build_->update("services", &id, &entry);
  bump_generation();
}

void Gateway::set_timeout(flow_timeout which, std::uint32_t jiffies) {
  config_.timeout[which] = jiffies;
  build_->update("config", &kZero, &config_);
}

void Gateway::change_config(void (*change)(config&)) {
  change(config_);
  build_->update("config", &kZero, &config_);
}

void Gateway::bump_generation() {
  config_.generation++;
  build_->update("config", &kZero, &config_);
}

std::uint32_t Gateway::serve(const Endpoint& at, std::uint8_t protocol, const std::vector<std::uint32_t>& slots,
                             std::uint32_t flags) {
  service_key key{at.mapped(), htons(at.port), protocol, 0};
  std::uint32_t id = next_service_;
  service entry{};
  if (build_->lookup("service_ids", &key, &id)) {
    build_->lookup("services", &id, &entry);
    entry.previous = entry.ring;
  } else {
    next_service_++;
    entry.epoch = 1;
  }
  entry.key = key;
  entry.flags = flags;
  entry.state = SERVICE_SERVING;
  if (slots.size() == 1) {
    entry.ring = {slots[0], 0};
  } else {
    entry.ring = {next_slot_, static_cast<std::uint32_t>(slots.size())};
    for (const auto slot : slots) {
      const std::uint32_t number = next_slot_ / RING_LINE;
      ring_line line{};
      build_->lookup("rings", &number, &line);
      line.backend[next_slot_ % RING_LINE] = slot;
      build_->update("rings", &number, &line);
      next_slot_++;
    }
  }
  build_->update("services", &id, &entry);
  build_->update("service_ids", &key, &id);
  return id;
}

Sent Gateway::send(const Packet& packet, const Offload& offload) {
  Packet framed = packet;
  return build_->run(framed.macs(kClientDeviceMac, kClientMac).bytes(), build_->ingress(), build_->devices().clients,
                     offload);
}

Sent Gateway::answer(const Packet& packet, const Offload& offload) {
  Packet framed = packet;
  return build_->run(framed.macs(kBackendDeviceMac, kBackendMac).bytes(), build_->ingress(), build_->devices().backends,
                     offload);
}

Sent Gateway::egress(const Packet& packet) {
  Packet framed = packet;
  return build_->run(framed.macs(kBackendDeviceMac, kBackendMac).bytes(), HOOK_TC_EGRESS, build_->devices().backends);
}

Bytes Gateway::to_backend(Packet packet) const {
  return packet.macs(kBackendMac, kBackendDeviceMac).bytes();
}
Bytes Gateway::to_client(Packet packet) const {
  return packet.macs(kClientMac, kClientDeviceMac).bytes();
}
Bytes Gateway::back(Packet packet, const Mac& to, const Mac& from) const {
  return packet.macs(to, from).bytes();
}

std::set<drop_reason>& drops_met() {
  static std::set<drop_reason> met;
  return met;
}

std::uint64_t Gateway::drops(drop_reason reason) {
  const std::uint32_t key = reason;
  std::uint64_t count = 0;
  build_->lookup("drops", &key, &count);
  if (count) drops_met().insert(reason);
  return count;
}

service_counters Gateway::counters(std::uint32_t service) {
  service_counters result{};
  build_->lookup("service_counters", &service, &result);
  return result;
}

hook_counters Gateway::hooks(hook where) {
  const std::uint32_t key = where;
  hook_counters result{};
  build_->lookup("hook_counters", &key, &result);
  return result;
}

std::size_t Gateway::entries(const std::string& map) {
  std::uint8_t keys[2][64];
  std::size_t count = 0;
  while (build_->next_key(map, count ? keys[(count - 1) % 2] : nullptr, keys[count % 2])) count++;
  return count;
}

std::uint16_t Gateway::establish(const Endpoint& from, const Endpoint& to, std::uint32_t backend) {
  const Sent syn = send(tcp(from, to).syn().sequence(100));
  if (syn.verdict != Verdict::kSent) return 0;
  const std::uint16_t port = seen(syn.packet).from.port;
  answer(tcp(backends_[backend - 1], addresses.snat(port)).syn().sequence(500).ack(101));
  const Sent ack = send(tcp(from, to).sequence(101).ack(501));
  return ack.verdict == Verdict::kSent && seen(ack.packet).from.port == port ? port : 0;
}

std::uint16_t Gateway::establish_udp(const Endpoint& from, const Endpoint& to, std::uint32_t backend) {
  const Sent first = send(udp(from, to).payload("a"));
  if (first.verdict != Verdict::kSent) return 0;
  const std::uint16_t port = seen(first.packet).from.port;
  answer(udp(backends_[backend - 1], addresses.snat(port)).payload("b"));
  const Sent second = send(udp(from, to).payload("c"));
  return second.verdict == Verdict::kSent && seen(second.packet).from.port == port ? port : 0;
}

void Gateway::edit_entries(std::initializer_list<const char*> maps, const Edit& edit) {
  for (const std::string map : maps) {
    std::vector<std::array<std::uint8_t, 64>> keys;
    std::array<std::uint8_t, 64> key{};
    for (bool more = build_->next_key(map, nullptr, key.data()); more;) {
      keys.push_back(key);
      more = build_->next_key(map, keys.back().data(), key.data());
    }
    for (const auto& each : keys) {
      std::uint8_t value[256] = {};
      if (!build_->lookup(map, each.data(), value)) continue;
      edit(value);
      build_->update(map, each.data(), value);
    }
  }
}

void Gateway::age(std::uint32_t jiffies) {
  static_assert(offsetof(flow_head, last) == offsetof(half_head, last));
  edit_entries({"flows4", "flows6", "half4", "half6"}, [&](std::span<std::uint8_t> value) {
    std::uint32_t last;
    std::memcpy(&last, &value[offsetof(flow_head, last)], 4);
    last -= jiffies;
    std::memcpy(&value[offsetof(flow_head, last)], &last, 4);
  });
}

void Gateway::attend(std::uint32_t jiffies_ago) {
  config_.attended = build_->jiffies() - jiffies_ago;
  build_->update("config", &kZero, &config_);
}

void Gateway::spoil_next_hops(const Mac& wrong, std::uint32_t jiffies_ago) {
  const std::uint32_t checked = build_->jiffies() - jiffies_ago;
  edit_entries({"flows4", "flows6"}, [&](std::span<std::uint8_t> value) {
    std::memcpy(&value[offsetof(flow_head, destination_mac)], wrong.data(), wrong.size());
    std::memcpy(&value[offsetof(flow_head, checked)], &checked, 4);
  });
}

}  // namespace sluice::test
