#include <arpa/inet.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "bpf/native/native.h"
#include "tests/bpf/build.h"

namespace sluice::test {

std::ostream& operator<<(std::ostream& out, Verdict verdict) {
  return out << (verdict == Verdict::kSent ? "sent" : verdict == Verdict::kDropped ? "dropped" : "untouched");
}

std::uint32_t Build::limit(const std::string&, std::uint32_t) {
  std::abort();
}
void Build::occupy(bool, const Endpoint&, const Endpoint&) {
  std::abort();
}

namespace {

constexpr Devices kDevices;

/// The rig's routes: clients and backends on link, nothing else. Addresses in the text of gateway.cpp.
long answer(bpf_fib_lookup* params) {
  std::uint8_t first = 0;
  std::uint8_t last = 0;
  if (params->family == AF_INET) {
    std::memcpy(&first, &params->ipv4_dst, 1);
    last = reinterpret_cast<const std::uint8_t*>(&params->ipv4_dst)[3];
  } else {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(params->ipv6_dst);
    first = bytes[0] == 0xfd ? 10 : bytes[0] == 0x20 ? 203 : 0;
    last = bytes[15];
  }
  if (first != 10 && first != 203) return BPF_FIB_LKUP_RET_NOT_FWDED;
  if (last == 1) return BPF_FIB_LKUP_RET_NOT_FWDED;  // the node itself
  const bool backend = first == 10;
  params->ifindex = backend ? kDevices.backends : kDevices.clients;
  params->mtu_result = backend ? kBackendMtu : 1500;
  if (last == 99) return BPF_FIB_LKUP_RET_NO_NEIGH;
  std::copy_n(backend ? kBackendMac.begin() : kClientMac.begin(), 6, params->dmac);
  std::copy_n(backend ? kBackendDeviceMac.begin() : kClientDeviceMac.begin(), 6, params->smac);
  return BPF_FIB_LKUP_RET_SUCCESS;
}

class NativeBuild final : public Build {
 public:
  explicit NativeBuild(hook ingress, bool by_helpers = false) : ingress_(ingress), by_helpers_(by_helpers) { clear(); }
  ~NativeBuild() override { native_reset(); }

  Sent run(const Bytes& frame, hook where, std::uint32_t device, const Offload& offload) override {
    if (native_packet_set(packet_.get(), frame.data(), frame.size())) return {};
    packet_->ifindex = device;
    packet_->gso_size = offload.gso_size;
    packet_->checksum = offload.checksum;
    packet_->tagged = offload.tagged;
    return sent(native_run(packet_.get(), where));
  }

  Sent run_entry(const Bytes& frame, hook where) override {
    if (native_packet_set(packet_.get(), frame.data(), frame.size())) return {};
    return sent(native_run_entry(packet_.get(), where));
  }

  long update(const std::string& map, const void* key, const void* value) override {
    return native_map_update(find(map), key, value, BPF_ANY);
  }

  bool lookup(const std::string& map, const void* key, void* value) override {
    const void* found = native_map_lookup(find(map), key);
    if (found) std::memcpy(value, found, find(map)->value_size);
    return found != nullptr;
  }

  void erase(const std::string& map, const void* key) override { native_map_delete(find(map), key); }

  bool next_key(const std::string& map, const void* previous, void* key) override {
    return native_map_next(find(map), previous, key) == 0;
  }

  void clear() override {
    native_reset();
    native_set_fib(answer);
    native_jiffies = 1'000'000;
    native_by_helpers = by_helpers_;
  }

  std::uint32_t jiffies() override { return native_jiffies; }
  std::uint32_t hz() override { return 250; }
  [[nodiscard]] hook ingress() const override { return ingress_; }
  [[nodiscard]] Devices devices() const override { return kDevices; }
  [[nodiscard]] bool is_native() const override { return true; }

  std::uint32_t limit(const std::string& map, std::uint32_t entries) override {
    return std::exchange(find(map)->max_entries, entries);
  }

  void occupy(bool v4, const Endpoint& from, const Endpoint& to) override {
    flow_key6 key{};
    flow6 value{};
    value.head.id = 12345;
    value.head.state = FLOW_VALID | FLOW_TCP | FLOW_REPLY;
    value.head.last = native_jiffies;
    std::uint8_t* bytes = reinterpret_cast<std::uint8_t*>(&key);
    const std::size_t size = v4 ? 4 : 16;
    std::copy_n(from.ip.begin(), size, bytes);
    std::copy_n(to.ip.begin(), size, bytes + size);
    const std::uint16_t ports[] = {htons(from.port), htons(to.port)};
    std::memcpy(bytes + 2 * size, ports, 4);
    bytes[2 * size + 4] = IPPROTO_TCP;
    update(v4 ? "flows4" : "flows6", bytes, &value);
  }

 private:
  static native_map* find(const std::string& name) {
    native_map* map = native_map_find(name.c_str());
    if (!map) std::abort();
    return map;
  }

  [[nodiscard]] Sent sent(native_verdict verdict) const {
    const Verdict kind = verdict == NATIVE_UNTOUCHED ? Verdict::kUntouched
                         : verdict == NATIVE_DROP    ? Verdict::kDropped
                                                     : Verdict::kSent;
    return {kind, Bytes(packet_->data, packet_->end), std::uint32_t{verdict}, packet_->left_by, packet_->complete};
  }

  hook ingress_;
  bool by_helpers_;
  std::unique_ptr<native_packet> packet_ = std::make_unique<native_packet>();
};

}  // namespace

std::unique_ptr<Build> native_build(hook ingress) {
  return std::make_unique<NativeBuild>(ingress);
}

std::unique_ptr<Build> native_build_by_helpers() {
  return std::make_unique<NativeBuild>(HOOK_TC, true);
}

}  // namespace sluice::test
