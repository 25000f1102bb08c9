#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include "sluice/bpf/config.h"
#include "tests/bpf/kernel.h"
#include "tests/bpf/network.h"

#ifndef BPF_F_TEST_SKB_CHECKSUM_COMPLETE
#define BPF_F_TEST_SKB_CHECKSUM_COMPLETE (1U << 2)
#endif

namespace sluice::test {
namespace {

constexpr std::uint32_t kComplete = 2;  // enum checksum

bool kernel_has_function(const char* name) {
  btf* types = btf__load_vmlinux_btf();
  const bool found = types && btf__find_by_name_kind(types, name, BTF_KIND_FUNC) > 0;
  btf__free(types);
  return found;
}

sluice_bpf& load(std::uint32_t flow_entries) {
  sluice_bpf* object = sluice_bpf__open();
  if (!object) std::abort();
  bpf_map__set_max_entries(object->maps.flows4, flow_entries);
  bpf_map__set_max_entries(object->maps.flows6, flow_entries);
  // SLUICE_TEST_HELPERS: as on a kernel that cannot tell ip_summed
  object->rodata->tc_reads_ip_summed =
      kernel_has_function("bpf_cast_to_kern_ctx") && !std::getenv("SLUICE_TEST_HELPERS");
  if (sluice_bpf__load(object)) std::abort();
  return *object;
}

Verdict verdict_of(hook where, std::uint32_t raw) {
  if (where == HOOK_XDP)
    return raw == XDP_PASS ? Verdict::kUntouched : raw == XDP_DROP ? Verdict::kDropped : Verdict::kSent;
  return raw == std::uint32_t(TC_ACT_UNSPEC) ? Verdict::kUntouched
         : raw == TC_ACT_SHOT                ? Verdict::kDropped
                                             : Verdict::kSent;
}

class KernelBuild final : public Build {
 public:
  explicit KernelBuild(hook ingress) : ingress_(ingress) {
    network();
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, kernel().obj) maps_[bpf_map__name(map)] = map;
    clear();
  }

  Sent run(const Bytes& frame, hook where, std::uint32_t device, const Offload& offload) override {
    const auto& programs = kernel().progs;
    const bpf_program* program = where == HOOK_XDP  ? programs.sluice_xdp
                                 : where == HOOK_TC ? programs.sluice_tc
                                                    : programs.sluice_tc_egress;
    return test_run(program, frame, where, device, offload);
  }

  Sent run_entry(const Bytes& frame, hook where) override {
    const auto& programs = kernel().progs;
    const bpf_program* program = where == HOOK_XDP  ? programs.sluice_xdp_entry
                                 : where == HOOK_TC ? programs.sluice_tc_entry
                                                    : programs.sluice_tc_egress_entry;
    return test_run(program, frame, where, network().clients, {});
  }

  long update(const std::string& map, const void* key, const void* value) override {
    return bpf_map_update_elem(fd(map), key, value, BPF_ANY);
  }

  bool lookup(const std::string& map, const void* key, void* value) override {
    const std::size_t size = bpf_map__value_size(maps_.at(map));
    if (!is_per_cpu(map)) return bpf_map_lookup_elem(fd(map), key, value) == 0;
    const std::size_t stride = (size + 7) / 8;
    std::vector<std::uint64_t> all(stride * libbpf_num_possible_cpus());
    if (bpf_map_lookup_elem(fd(map), key, all.data())) return false;
    std::vector<std::uint64_t> sum(stride);
    for (std::size_t i = 0; i < all.size(); i++) sum[i % stride] += all[i];
    std::memcpy(value, sum.data(), size);
    return true;
  }

  void erase(const std::string& map, const void* key) override { bpf_map_delete_elem(fd(map), key); }

  bool next_key(const std::string& map, const void* previous, void* key) override {
    return bpf_map_get_next_key(fd(map), previous, key) == 0;
  }

  void clear() override {
    for (const auto& [name, map] : maps_) {
      if (bpf_map__type(map) == BPF_MAP_TYPE_HASH || bpf_map__type(map) == BPF_MAP_TYPE_LRU_HASH) empty(name);
    }
    for (const char* name : {"drops", "hook_counters", "tokens"}) zero(name, bpf_map__max_entries(maps_.at(name)));
    for (const char* name : {"service_counters", "services", "backends", "rings"}) zero(name, 64);
  }

  std::uint32_t jiffies() override { return read_clock().jiffies; }
  std::uint32_t hz() override {
    static const std::uint32_t measured = measure_clock();
    return measured;
  }
  [[nodiscard]] hook ingress() const override { return ingress_; }
  [[nodiscard]] Devices devices() const override { return network(); }

 private:
  [[nodiscard]] int fd(const std::string& map) const { return bpf_map__fd(maps_.at(map)); }
  [[nodiscard]] bool is_per_cpu(const std::string& map) const {
    return bpf_map__type(maps_.at(map)) == BPF_MAP_TYPE_PERCPU_ARRAY;
  }

  void empty(const std::string& map) {
    // all keys first: to begin at the first key again walks the empty buckets again
    std::vector<std::array<std::uint8_t, 64>> keys;
    std::array<std::uint8_t, 64> key{};
    for (bool more = next_key(map, nullptr, key.data()); more; more = next_key(map, keys.back().data(), key.data()))
      keys.push_back(key);
    for (const auto& each : keys) erase(map, each.data());
  }

  void zero(const std::string& map, std::uint32_t entries) {
    const std::size_t cpus = is_per_cpu(map) ? libbpf_num_possible_cpus() : 1;
    std::vector<std::uint8_t> values((bpf_map__value_size(maps_.at(map)) + 7) / 8 * 8 * cpus);
    for (std::uint32_t i = 0; i < entries; i++) update(map, &i, values.data());
  }

  static struct ::clock read_clock() {
    struct ::clock now{};
    LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &now, .ctx_size_in = sizeof(now));
    if (bpf_prog_test_run_opts(bpf_program__fd(kernel().progs.sluice_clock), &options)) std::abort();
    return now;
  }

  static std::uint32_t measure_clock() {
    std::uint32_t hz = 100;
    const struct ::clock before = read_clock();
    const timespec pause{0, 50'000'000};
    nanosleep(&pause, nullptr);
    const struct ::clock after = read_clock();
    const double measured =
        1e9 * double(after.jiffies - before.jiffies) / double(after.nanoseconds - before.nanoseconds);
    for (const std::uint32_t candidate : {100U, 250U, 300U, 1000U})
      if (std::abs(measured - candidate) < std::abs(measured - hz)) hz = candidate;
    return hz;
  }

  static Sent test_run(const bpf_program* program, const Bytes& frame, hook where, std::uint32_t device,
                       const Offload& offload) {
    Bytes out(frame.size() + 256);
    __sk_buff skb{};
    xdp_md xdp{};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_out = out.data(),
                .data_size_in = static_cast<__u32>(frame.size()), .data_size_out = static_cast<__u32>(out.size()));
    if (where == HOOK_XDP) {
      xdp.data_end = frame.size();
      xdp.ingress_ifindex = device;
      options.ctx_in = &xdp;
      options.ctx_size_in = sizeof(xdp);
    } else {
      skb.ifindex = device;
      skb.gso_size = offload.gso_size;
      if (offload.checksum == kComplete) options.flags = BPF_F_TEST_SKB_CHECKSUM_COMPLETE;
      options.ctx_in = &skb;
      options.ctx_size_in = sizeof(skb);
    }
    const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options);
    if (error == -EBADMSG && options.flags) return {.in_step = false};
    if (error) {
      std::fprintf(stderr, "BPF_PROG_TEST_RUN: %s\n", std::strerror(-error));
      std::abort();
    }
    out.resize(options.data_size_out);
    return {verdict_of(where, options.retval), out, options.retval};
  }

  hook ingress_;
  std::map<std::string, bpf_map*> maps_;
};

}  // namespace

sluice_bpf& kernel(std::uint32_t flow_entries) {
  static sluice_bpf& object = load(flow_entries);
  return object;
}

bool makes_complete() {
  std::array<std::uint8_t, 64> frame{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = std::uint32_t{frame.size()},
              .flags = BPF_F_TEST_SKB_CHECKSUM_COMPLETE);
  return bpf_prog_test_run_opts(bpf_program__fd(kernel().progs.sluice_tc), &options) != -EINVAL;
}

std::unique_ptr<Build> kernel_build(hook ingress) {
  return std::make_unique<KernelBuild>(ingress);
}

}  // namespace sluice::test
