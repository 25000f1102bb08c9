// ns a packet of the datapath's programs by BPF_PROG_TEST_RUN, beside the programs of programs.h. Each round runs ours,
// the peer and the floor one after the other; what came of the packets is asserted by the counters.
//
// Usage: l4_ns ROUNDS. Prints a line a sample: CASE OURS PEER FLOOR (ns).
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/l4-ns/bpf/load.h"
#include "sluice_bpf/bench.skel.h"
#include "tests/bpf/gateway.h"
#include "tests/bpf/kernel.h"
#include "tests/bpf/network.h"

namespace sluice::test {
namespace {

constexpr std::uint32_t kShippedFlows = 524288;

struct Case {
  hook where;
  std::uint8_t protocol;
  family kind;
  const char* what;
  std::uint32_t flows;
  int repeat;
  [[nodiscard]] bool is(const char* name) const { return !std::strcmp(what, name); }
};

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "l4_ns: %s\n", what);
  std::exit(1);
}

struct bench_bpf& bench() {
  static struct bench_bpf* object = [] {
    auto* opened = bench_bpf__open();
    if (!opened) die("the bench programs do not open");
    opened->rodata->tc_reads_ip_summed = kernel().rodata->tc_reads_ip_summed;
    if (bench_bpf__load(opened)) die("the kernel refuses the bench programs");
    return opened;
  }();
  return *object;
}

int fd(const bpf_program* program) {
  return bpf_program__fd(program);
}
int fd(const bpf_map* map) {
  return bpf_map__fd(map);
}

void slot(const bpf_map* slots, std::uint32_t index, const bpf_program* program) {
  const int value = fd(program);
  if (bpf_map_update_elem(fd(slots), &index, &value, BPF_ANY)) die("a slot takes no program");
}

void fill_slots() {
  auto& peers = bench();
  slot(peers.maps.bench_tc_slots, SLOT_FLOOR, peers.progs.tc_floor);
  slot(peers.maps.bench_tc_slots, SLOT_OURS, kernel().progs.sluice_tc);
  slot(peers.maps.bench_tc_slots, SLOT_LIMIT, peers.progs.tc_limit);
  slot(peers.maps.bench_tc_slots, SLOT_LIMIT_NEW, peers.progs.tc_limit_new);
  slot(peers.maps.bench_tc_slots, SLOT_LIMIT_MISS, peers.progs.tc_limit_miss);
  slot(peers.maps.bench_xdp_slots, SLOT_FLOOR, peers.progs.xdp_floor);
  slot(peers.maps.bench_xdp_slots, SLOT_OURS, kernel().progs.sluice_xdp);
  slot(peers.maps.bench_xdp_slots, SLOT_LIMIT, peers.progs.xdp_limit);
  slot(peers.maps.bench_xdp_slots, SLOT_LIMIT_NEW, peers.progs.xdp_limit_new);
  slot(peers.maps.bench_xdp_slots, SLOT_LIMIT_MISS, peers.progs.xdp_limit_miss);
}

/// A client of the load: its address ends in the flow's number.
Endpoint client(family kind) {
  return endpoint(kind == FAMILY_V4 ? "10.0.0.0" : "2001:db8:c::", 40000);
}

void empty(const bpf_map* map, std::size_t key_size) {
  std::vector<Bytes> keys;
  Bytes key(key_size);
  while (bpf_map_get_next_key(fd(map), keys.empty() ? nullptr : keys.back().data(), key.data()) == 0)
    keys.push_back(key);
  for (const Bytes& each : keys) bpf_map_delete_elem(fd(map), each.data());
}

/// The keys of a table's only entries, F then R, and their values, copied to MANY_FLOWS clients in both objects'
/// tables.
void multiply(Gateway& gateway, const char* map, const bpf_map* ours, const bpf_map* peers, std::size_t key_size,
              std::size_t value_size) {
  const std::size_t at = key_size == sizeof(flow_key4) ? 0 : 12;  // the source address, its last four bytes
  std::uint8_t keys[2][64], values[2][256];
  if (!gateway.build().next_key(map, nullptr, keys[0]) || !gateway.build().next_key(map, keys[0], keys[1]))
    die("the first flow was not made");
  for (int entry = 0; entry < 2; entry++) gateway.build().lookup(map, keys[entry], values[entry]);
  empty(peers, key_size);
  for (const bpf_map* table : {ours, peers}) {
    Bytes many_keys(2 * MANY_FLOWS * key_size), many_values(2 * MANY_FLOWS * value_size);
    for (std::uint32_t i = 0; i < 2 * MANY_FLOWS; i++) {
      const int entry = i % 2;
      const bool reply = reinterpret_cast<const flow_head*>(values[entry])->state & FLOW_REPLY;
      std::uint8_t* key = many_keys.data() + i * key_size;
      std::memcpy(key, keys[entry], key_size);
      const std::uint32_t address =
          htonl((i / 2) | (at ? 0 : 0x0a000000) | (reply ? 0x40000000 : 0));  // R only fills the table
      std::memcpy(key + at, &address, 4);
      std::memcpy(many_values.data() + i * value_size, values[entry], value_size);
    }
    __u32 count = 2 * MANY_FLOWS;
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    if (bpf_map_update_batch(fd(table), many_keys.data(), many_values.data(), &count, &options))
      die("the flow table does not take the load's flows");
  }
  if (peers) {  // what limit_new looks up
    std::uint8_t zero[64] = {};
    bpf_map_update_elem(fd(peers), zero, values[0], BPF_ANY);
  }
}

class Load {
 public:
  explicit Load(const Case& test) : test_(test), gateway_(kernel_build(test.where), test.kind) {
    const std::uint16_t port = test.is("miss") ? 9 : 443;
    const Endpoint vip = gateway_.addresses.vip(443);
    std::vector<std::uint32_t> slots;
    for (std::uint16_t i = 0; i < 251; i++)
      slots.push_back(i < 128 ? gateway_.add_backend(gateway_.addresses.backend().at(8080 + i)) : slots[i - 128]);
    service_ = gateway_.serve(vip, test.protocol, slots);
    ring();
    if (test.is("established")) make_flows(vip);
    const Endpoint to = test.is("miss") ? gateway_.addresses.stranger().at(port) : vip;
    frame(to);
  }

  /// ns a packet of one of the drivers.
  double measure(bench_slot slot) {
    auto& progs = bench().progs;
    const bool tc = test_.where == HOOK_TC;
    const bpf_program* driver = slot == SLOT_FLOOR   ? (tc ? progs.bench_tc_floor : progs.bench_xdp_floor)
                                : slot == SLOT_OURS  ? (tc ? progs.bench_tc_ours : progs.bench_xdp_ours)
                                : slot == SLOT_LIMIT ? (tc ? progs.bench_tc_limit : progs.bench_xdp_limit)
                                : slot == SLOT_LIMIT_NEW
                                    ? (tc ? progs.bench_tc_limit_new : progs.bench_xdp_limit_new)
                                    : (tc ? progs.bench_tc_limit_miss : progs.bench_xdp_limit_miss);
    const hook_counters before = gateway_.hooks(test_.where);
    gateway_.attend();  // the daemon does four times a second
    Bytes data(FRAME_BYTES);
    __sk_buff skb{};
    xdp_md xdp{};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = load_.frame, .data_size_in = FRAME_BYTES,
                .repeat = test_.repeat);
    skb.ifindex = xdp.ingress_ifindex = network().clients;
    xdp.data_end = FRAME_BYTES;
    options.ctx_in = tc ? static_cast<void*>(&skb) : &xdp;
    options.ctx_size_in = tc ? sizeof(skb) : sizeof(xdp);
    if (bpf_prog_test_run_opts(fd(driver), &options)) die("BPF_PROG_TEST_RUN failed");
    check(slot, options.retval, before);
    return options.duration;
  }

 private:
  void ring() {
    for (std::uint32_t line = 0; line < 16; line++) {
      std::uint32_t slots[16];
      for (std::uint32_t i = 0; i < 16; i++) slots[i] = 1 + (line * 16 + i) % 128;
      bpf_map_update_elem(fd(bench().maps.rings), &line, slots, BPF_ANY);
    }
  }

  void make_flows(const Endpoint& vip) {
    gateway_.serve(vip, test_.protocol, {1});
    const Endpoint from = gateway_.addresses.client();
    const std::uint16_t made =
        test_.protocol == IPPROTO_TCP ? gateway_.establish(from, vip, 1) : gateway_.establish_udp(from, vip, 1);
    if (!made) die("the first flow was not made");
    auto& ours = kernel().maps;
    auto& peers = bench().maps;
    if (test_.kind == FAMILY_V4)
      multiply(gateway_, "flows4", ours.flows4, peers.flows4, sizeof(flow_key4), sizeof(flow4));
    else
      multiply(gateway_, "flows6", ours.flows6, peers.flows6, sizeof(flow_key6), sizeof(flow6));
  }

  void frame(const Endpoint& to) {
    const std::size_t header = (test_.kind == FAMILY_V4 ? 34 : 54) + (test_.protocol == IPPROTO_TCP ? 20 : 8);
    Packet packet = test_.protocol == IPPROTO_TCP ? tcp(client(test_.kind), to) : udp(client(test_.kind), to);
    packet.macs(kClientDeviceMac, kClientMac).payload(FRAME_BYTES - header);
    if (test_.protocol == IPPROTO_TCP) test_.is("new-flow") ? packet.syn() : packet.sequence(101).ack(501);
    const Bytes bytes = packet.bytes();
    std::memcpy(load_.frame, bytes.data(), FRAME_BYTES);
    load_.flows = test_.flows;
    load_.new_flows = test_.is("new-flow");
    load_.client_at = test_.kind == FAMILY_V4 ? 26 : 34;
    static std::uint32_t never_before = 1;
    load_.next = never_before += 16'000'000;
    const std::uint32_t zero = 0;
    bpf_map_update_elem(fd(bench().maps.bench_load), &zero, &load_, BPF_ANY);
  }

  void check(bench_slot slot, std::uint32_t verdict, const hook_counters& before) {
    const bool sends = slot != SLOT_FLOOR && !test_.is("miss");
    const std::uint32_t sent = test_.where == HOOK_TC ? std::uint32_t{TC_ACT_REDIRECT} : std::uint32_t{XDP_REDIRECT};
    const std::uint32_t left = test_.where == HOOK_TC ? std::uint32_t(TC_ACT_UNSPEC) : std::uint32_t{XDP_PASS};
    if (verdict != (sends ? sent : left)) die("a program did something else than it should");
    if (slot != SLOT_OURS) return;
    const hook_counters after = gateway_.hooks(test_.where);
    const std::uint64_t count = sends ? after.forwarded - before.forwarded : after.untouched - before.untouched;
    if (count < std::uint64_t(test_.repeat) * 999 / 1000) die("not all packets were forwarded");
  }

  Case test_;
  Gateway gateway_;
  std::uint32_t service_ = 0;
  bench_load load_{};
};

void run(const Case& test, int rounds) {
  Load load(test);
  const bench_slot peer = test.is("new-flow") ? SLOT_LIMIT_NEW : test.is("miss") ? SLOT_LIMIT_MISS : SLOT_LIMIT;
  load.measure(SLOT_OURS);  // caches, and the next hop of every flow
  for (int round = 0; round < rounds; round++) {
    const double ours = load.measure(SLOT_OURS), limit = load.measure(peer), floor = load.measure(SLOT_FLOOR);
    std::printf("%s-%s%d-%s%s %.0f %.0f %.0f\n", test.where == HOOK_TC ? "tc" : "xdp",
                test.protocol == IPPROTO_TCP ? "tcp" : "udp", test.kind == FAMILY_V4 ? 4 : 6, test.what,
                !test.is("established") ? ""
                : test.flows == 1       ? "-1flow"
                                        : "-131072flows",
                ours, limit, floor);
  }
}

}  // namespace
}  // namespace sluice::test

int main(int argc, char** argv) {
  using namespace sluice::test;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: l4_ns ROUNDS\n");
    return 2;
  }
  setvbuf(stdout, nullptr, _IOLBF, 0);
  kernel(kShippedFlows);
  fill_slots();
  for (const auto where : {HOOK_TC, HOOK_XDP})
    for (const std::uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP})
      for (const auto kind : {FAMILY_V4, FAMILY_V6})
        for (const Case& test :
             {Case{where, protocol, kind, "established", 1, 200000},
              Case{where, protocol, kind, "established", MANY_FLOWS, 400000},
              Case{where, protocol, kind, "new-flow", 1, 50000}, Case{where, protocol, kind, "miss", 1, 200000}})
          run(test, rounds);
  return 0;
}
