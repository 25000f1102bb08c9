// Frames from outside, through the datapath's own code. Input: a setting byte, then frames, each led by its hook and
// length. A frame that is left alone must leave as it came; one that is sent must have a right IPv4 header checksum if
// it had one.
#include <arpa/inet.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "bpf/native/native.h"
#include "sluice/bpf/address.h"
#include "sluice/bpf/backend.h"
#include "sluice/bpf/config.h"
#include "sluice/bpf/service.h"
#include "sluice/bpf/snat.h"

namespace {

void set(const char* map, const void* key, const void* value) {
  native_map_update(native_map_find(map), key, value, BPF_ANY);
}

addr mapped(const char* text) {
  addr result{};
  if (inet_pton(AF_INET6, text, &result) == 1) return result;
  result.word[2] = htonl(0xffff);
  inet_pton(AF_INET, text, &result.word[3]);
  return result;
}

void role(const char* address, std::uint32_t roles) {
  const addr key = mapped(address);
  const ::address value{roles, 0};
  set("addresses", &key, &value);
}

long next_hop(bpf_fib_lookup* params) {
  const auto* bytes = params->family == AF_INET ? reinterpret_cast<const std::uint8_t*>(&params->ipv4_dst)
                                                : reinterpret_cast<const std::uint8_t*>(params->ipv6_dst);
  params->ifindex = 3;
  params->mtu_result = 1400;
  std::memset(params->dmac, 2, 6);
  std::memset(params->smac, 4, 6);
  return bytes[3] & 1   ? BPF_FIB_LKUP_RET_SUCCESS
         : bytes[3] & 2 ? BPF_FIB_LKUP_RET_NO_NEIGH
                        : BPF_FIB_LKUP_RET_NOT_FWDED;
}

void serve(std::uint32_t id, const char* vip, std::uint16_t port, std::uint8_t protocol, std::uint32_t backend) {
  service entry{};
  entry.key = {mapped(vip), htons(port), protocol, 0};
  entry.state = SERVICE_SERVING;
  entry.epoch = 1;
  entry.ring = {backend, 0};
  set("services", &id, &entry);
  set("service_ids", &entry.key, &id);
}

void add_backend(std::uint32_t index, const char* address, family kind, std::uint32_t snat) {
  backend entry{};
  entry.address = mapped(address);
  entry.port = htons(8080);
  entry.family = kind;
  entry.state = BACKEND_READY;
  entry.epoch = 1;
  entry.snat_first = snat;
  entry.snat_count = 1;
  set("backends", &index, &entry);
}

void node() {
  native_reset();
  native_set_fib(next_hop);
  native_jiffies = 1'000'000;
  const std::uint32_t zero = 0, one = 1;
  config settings{};
  config_defaults(&settings, 250);
  set("config", &zero, &settings);
  role("198.51.100.7", ADDRESS_VIP);
  role("2001:db8:feed::7", ADDRESS_VIP);
  role("10.1.0.2", ADDRESS_SNAT);
  role("fd00:1::2", ADDRESS_SNAT | ADDRESS_LOCAL);
  const snat_source four{mapped("10.1.0.2"), 10000, 2, {}}, six{mapped("fd00:1::2"), 10000, 2, {}};
  set("snat_sources", &zero, &four);
  set("snat_sources", &one, &six);
  add_backend(1, "10.1.0.11", FAMILY_V4, 0);
  add_backend(2, "fd00:1::b", FAMILY_V6, 1);
  std::uint32_t id = 1;
  for (const std::uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
    serve(id++, "198.51.100.7", 443, protocol, 1);
    serve(id++, "2001:db8:feed::7", 443, protocol, 2);
    serve(id++, "198.51.100.7", 81, protocol, 0);
    serve(id++, "2001:db8:feed::7", 81, protocol, 0);
  }
}

bool ip4_header_is_right(const unsigned char* frame, std::size_t size) {
  if (size < 34 || frame[12] != 8 || frame[13] != 0 || frame[14] != 0x45) return false;
  std::uint32_t sum = 0;
  for (int i = 14; i < 34; i += 2) sum += frame[i] << 8 | frame[i + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static native_packet packet;
  if (size < 1) return 0;
  node();
  const std::uint8_t setting = *data++;
  size--;
  native_by_helpers = setting >> 4 & 1;
  while (size > 3) {
    const auto where = static_cast<hook>(data[0] % 3);
    const std::size_t length = std::min<std::size_t>((data[1] << 8 | data[2]) % 2048, size - 3);
    const std::uint8_t* frame = data + 3;
    if (native_packet_set(&packet, frame, length)) return 0;
    packet.ifindex = 2;
    packet.checksum = setting & 3;
    packet.gso_size = setting & 4 ? 1000 : 0;
    packet.tagged = setting & 8;
    const bool right = ip4_header_is_right(frame, length);
    const native_verdict verdict = native_run(&packet, where);
    const std::size_t left = packet.end - packet.data;
    if (verdict == NATIVE_UNTOUCHED && (left != length || std::memcmp(packet.data, frame, left) != 0)) std::abort();
    if (verdict > NATIVE_DROP && right && !ip4_header_is_right(packet.data, left)) std::abort();
    if (data[0] & 0x80) native_jiffies += 250 * data[0];
    data += 3 + length;
    size -= 3 + length;
  }
  return 0;
}
