#include "userspace/l4/programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <thread>

#include "sluice/bpf/maps.h"
#include "sluice/bpf/ring.h"
#include "sluice_bpf/sluice.skel.h"
#include "userspace/l4/netlink.h"
#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {
namespace {

/// What libbpf said last; a load's error is nothing without it.
thread_local std::string said;
constexpr std::size_t kKeep = 2000;

int note(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  std::array<char, 4096> line{};
  const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
  said += line.data();
  if (said.size() > kKeep) said.erase(0, said.size() - kKeep);
  return size;
}

std::string kernel_says(const std::string& what, int code) {
  std::string text = what + ": " + std::strerror(code);
  if (code == EPERM) text += "; CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed";
  return said.empty() ? text : text + "\n" + said;
}

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

/// Linux 6.2: TC programs may read the kernel's own sk_buff, and with it the state of the checksum.
bool kernel_casts_contexts() {
  btf* kernel = btf__load_vmlinux_btf();
  if (libbpf_get_error(kernel) != 0) return false;
  const bool has = btf__find_by_name_kind(kernel, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;
  btf__free(kernel);
  return has;
}

/// Maps of libbpf's own (.rodata and the like) stay with the object.
bool is_ours(const bpf_map* map) {
  return std::strchr(bpf_map__name(map), '.') == nullptr;
}

}  // namespace

void Programs::Unload::operator()(sluice_bpf* object) const {
  sluice_bpf__destroy(object);
}

Programs::Programs() = default;
Programs::Programs(Programs&&) noexcept = default;
Programs& Programs::operator=(Programs&&) noexcept = default;

Programs::~Programs() {
  for (const auto& mapping : mappings_) (void)::munmap(mapping.start, mapping.size);
}

std::expected<void, std::string> Programs::open(const Pins* pins, const TableSizes& sizes) {
  libbpf_set_print(note);
  said.clear();
  object_.reset(sluice_bpf__open());
  if (!object_) return std::unexpected(kernel_says("the BPF object", errno));
  object_->rodata->tc_reads_ip_summed = kernel_casts_contexts() ? 1 : 0;
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
  if (const int failed = sluice_bpf__load(object_.get()); failed != 0) {
    return std::unexpected(kernel_says("loading the BPF programs", -failed));
  }
  return {};
}

std::expected<Programs, std::string> Programs::load(const Pins& pins, const TableSizes& sizes) {
  Programs programs;
  if (auto opened = programs.open(&pins, sizes); !opened) return std::unexpected(opened.error());
  if (auto arrays = programs.map_arrays(); !arrays) return std::unexpected(arrays.error());
  if (auto clock = programs.start_clock(); !clock) return std::unexpected(clock.error());
  return programs;
}

std::expected<Programs, std::string> Programs::try_load(const TableSizes& sizes) {
  Programs programs;
  if (auto opened = programs.open(nullptr, sizes); !opened) return std::unexpected(opened.error());
  return programs;
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
  publish(config_->attended, jiffies());
}

void Programs::bump_generation() {
  publish(config_->generation, config_->generation + 1);
}

int Programs::map(const char* name) const {
  const auto* found = bpf_object__find_map_by_name(object_->obj, name);
  return found == nullptr ? -1 : bpf_map__fd(found);
}

int Programs::program(const char* name) const {
  const auto* found = bpf_object__find_program_by_name(object_->obj, name);
  return found == nullptr ? -1 : bpf_program__fd(found);
}

std::uint32_t Programs::entries(const char* name) const {
  const auto* found = bpf_object__find_map_by_name(object_->obj, name);
  return found == nullptr ? 0 : bpf_map__max_entries(found);
}

std::expected<void, std::string> Programs::fill_slots() {
  struct Slot {
    const char* map;
    std::uint32_t index;
    const char* program;
  };
  constexpr std::array<Slot, 3> kSlots{{{"tc_slots", TC_SLOT_EGRESS, "sluice_tc_egress"},
                                        {"tc_slots", TC_SLOT_INGRESS, "sluice_tc"},
                                        {"xdp_slots", XDP_SLOT_INGRESS, "sluice_xdp"}}};
  for (const auto& slot : kSlots) {
    const int fd = program(slot.program);
    if (bpf_map_update_elem(map(slot.map), &slot.index, &fd, BPF_ANY) != 0) {
      return std::unexpected(kernel_says(std::string(slot.program) + " into its slot", errno));
    }
  }
  return {};
}

}  // namespace sluice::l4
