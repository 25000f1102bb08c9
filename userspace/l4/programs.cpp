#include "userspace/l4/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "sluice/bpf/maps.h"
#include "sluice/bpf/ring.h"
#include "sluice_bpf/sluice.skel.h"
#include "userspace/l4/netlink.h"
#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {
namespace {

bpf_map_info info_of(int fd) {
  bpf_map_info info{};
  std::uint32_t size = sizeof(info);
  (void)bpf_obj_get_info_by_fd(fd, &info, &size);
  return info;
}

std::uint32_t wanted_entries(const std::string& name, const TableSizes& sizes) {
  if (name == "flows4" || name == "flows6") return 2 * sizes.flows;
  if (name == "half4" || name == "half6") return sizes.half_open;
  return 0;
}

/// A hook's program, the trampoline that is attached, and the slot between them.
struct HookPrograms {
  Hook hook;
  const char* program;
  const char* entry;
  const char* slots;
  std::uint32_t slot;
};
constexpr std::array<HookPrograms, 3> kHooks{
    {{Hook::kIngress, "sluice_tc", "sluice_tc_entry", "tc_slots", TC_SLOT_INGRESS},
     {Hook::kEgress, "sluice_tc_egress", "sluice_tc_egress_entry", "tc_slots", TC_SLOT_EGRESS},
     {Hook::kXdp, "sluice_xdp", "sluice_xdp_entry", "xdp_slots", XDP_SLOT_INGRESS}}};

}  // namespace

Programs::Programs() = default;
Programs::Programs(Programs&&) noexcept = default;
Programs& Programs::operator=(Programs&&) noexcept = default;

Programs::~Programs() {
  for (const auto& mapping : mappings_) (void)::munmap(mapping.start, mapping.size);
}

std::expected<void, std::string> Programs::open(const Pins* pins, const TableSizes& sizes) {
  auto opened = open_skeleton();
  if (!opened) return std::unexpected(opened.error());
  object_ = std::move(*opened);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object_->obj) {
    if (!is_ours(map)) continue;
    const std::string name = bpf_map__name(map);
    if (const auto entries = wanted_entries(name, sizes); entries > 0) (void)bpf_map__set_max_entries(map, entries);
    if (pins == nullptr) continue;
    const std::string pin = pins->map(name);
    if (const Fd held(bpf_obj_get(pin.c_str())); held.valid()) {
      // libbpf reuses a pinned map only if it is alike; the table in force keeps its size.
      (void)bpf_map__set_max_entries(map, info_of(held.get()).max_entries);
      adopted_ = true;
    }
    if (bpf_map__set_pin_path(map, pin.c_str()) != 0) return std::unexpected(kernel_says(pin, errno));
  }
  return {};
}

std::expected<Programs, std::string> Programs::load(const Pins& pins, const TableSizes& sizes) {
  Programs programs;
  if (auto opened = programs.open(&pins, sizes); !opened) return std::unexpected(opened.error());
  for (const auto& hook : kHooks) {
    if (hook.hook == Hook::kIngress) continue;
    leave_out(*programs.object_, hook.program);
    leave_out(*programs.object_, hook.entry);
  }
  if (auto loaded = load_skeleton(*programs.object_); !loaded) return std::unexpected(loaded.error());
  if (auto arrays = programs.map_arrays(); !arrays) return std::unexpected(arrays.error());
  if (auto clock = programs.start_clock(); !clock) return std::unexpected(clock.error());
  return programs;
}

std::expected<Programs, std::string> Programs::try_load(const TableSizes& sizes) {
  Programs programs;
  if (auto opened = programs.open(nullptr, sizes); !opened) return std::unexpected(opened.error());
  if (auto loaded = load_skeleton(*programs.object_); !loaded) return std::unexpected(loaded.error());
  return programs;
}

/// The hook's programs from an object of their own, onto the maps of the first.
std::expected<void, std::string> Programs::load_apart(const char* program, const char* entry) {
  auto opened = open_skeleton();
  if (!opened) return std::unexpected(opened.error());
  Skeleton& object = *opened;
  leave_only(*object, program, entry);
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object->obj) {
    if (!is_ours(map)) continue;
    if (bpf_map__reuse_fd(map, this->map(bpf_map__name(map))) != 0) {
      return std::unexpected(kernel_says(bpf_map__name(map), errno));
    }
  }
  if (auto loaded = load_skeleton(*object); !loaded) return loaded;
  apart_.push_back(std::move(object));
  return {};
}

std::expected<void, std::string> Programs::serve(Hook hook) {
  const auto& wanted = *std::ranges::find(kHooks, hook, &HookPrograms::hook);
  if (program(wanted.program) < 0) {
    if (auto loaded = load_apart(wanted.program, wanted.entry); !loaded) return loaded;
  }
  const int fd = program(wanted.program);
  if (bpf_map_update_elem(map(wanted.slots), &wanted.slot, &fd, BPF_ANY) == 0) return {};
  return std::unexpected(kernel_says(std::string(wanted.program) + " into its slot", errno));
}

template <class Entry>
std::expected<std::span<Entry>, std::string> Programs::mapped(const char* name) {
  const int fd = map(name);
  if (fd < 0) return std::unexpected("the BPF object has no map " + std::string(name));
  const auto info = info_of(fd);
  if (info.value_size != sizeof(Entry)) return std::unexpected(std::string(name) + ": another layout is in force");
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t size = (std::size_t{info.max_entries} * sizeof(Entry) + page - 1) / page * page;
  void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (start == MAP_FAILED) return std::unexpected(kernel_says(std::string("mapping ") + name, errno));
  mappings_.push_back({start, size});
  return std::span(static_cast<Entry*>(start), info.max_entries);
}

std::expected<void, std::string> Programs::map_arrays() {
  const auto settings = mapped<config>("config");
  if (!settings) return std::unexpected(settings.error());
  config_ = settings->data();
  const auto take = [this]<class Entry>(const char* name, std::span<Entry>& place) -> std::expected<void, std::string> {
    const auto array = mapped<Entry>(name);
    if (!array) return std::unexpected(array.error());
    place = *array;
    return {};
  };
  if (auto taken = take("services", services_); !taken) return taken;
  if (auto taken = take("backends", backends_); !taken) return taken;
  const auto lines = mapped<ring_line>("rings");
  if (!lines) return std::unexpected(lines.error());
  rings_ = {lines->front().backend, lines->size() * RING_LINE};
  return take("snat_sources", sources_);
}

std::expected<void, std::string> Programs::start_clock() {
  if (config_->version == SLUICE_LAYOUT_VERSION) {
    config_defaults(config_, config_->hz);  // another release may have left its own
    return {};
  }
  const struct clock before = now();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const struct clock after = now();
  if (before.nanoseconds == 0 || after.nanoseconds <= before.nanoseconds) {
    return std::unexpected(kernel_says("reading jiffies", errno));
  }
  const double measured = static_cast<double>(after.jiffies - before.jiffies) * 1e9 /
                          static_cast<double>(after.nanoseconds - before.nanoseconds);
  std::uint32_t hz = 100;
  for (const std::uint32_t each : {250U, 300U, 1000U}) {
    if (std::abs(measured - each) < std::abs(measured - hz)) hz = each;
  }
  config_defaults(config_, hz);
  return {};
}

struct clock Programs::now() const {
  struct clock answer{};
  // The kernel writes the context back in place; a separate output it refuses.
  LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &answer, .ctx_size_in = sizeof(answer));
  (void)bpf_prog_test_run_opts(program("sluice_clock"), &options);
  return answer;
}

std::uint32_t Programs::jiffies() const {
  return static_cast<std::uint32_t>(now().jiffies);
}

void Programs::attend() {
  if (const std::uint32_t now = jiffies(); now != 0) publish(config_->attended, now);
}

void Programs::bump_generation() {
  publish(config_->generation, config_->generation + 1);
}

int Programs::map(const char* name) const {
  const auto* found = bpf_object__find_map_by_name(object_->obj, name);
  return found == nullptr ? -1 : bpf_map__fd(found);
}

int Programs::program(const char* name) const {
  const auto loaded = [&](const Skeleton& object) {
    const auto* found = bpf_object__find_program_by_name(object->obj, name);
    return found == nullptr ? -1 : bpf_program__fd(found);
  };
  int fd = loaded(object_);
  for (const auto& object : apart_) fd = fd < 0 ? loaded(object) : fd;
  return fd < 0 ? -1 : fd;
}

std::uint32_t Programs::entries(const char* name) const {
  const auto* found = bpf_object__find_map_by_name(object_->obj, name);
  return found == nullptr ? 0 : bpf_map__max_entries(found);
}

}  // namespace sluice::l4
