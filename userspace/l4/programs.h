// The BPF object: loaded onto the pinned maps (made or adopted), its programs put into the slots that the attached
// trampolines jump to. A hook's programs are loaded when the first device needs them: the verifier takes 0.1 s a hook.
// Map layouts: include/sluice/bpf/.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sluice/bpf/backend.h"
#include "sluice/bpf/config.h"
#include "sluice/bpf/service.h"
#include "sluice/bpf/snat.h"
#include "userspace/l4/pins.h"
#include "userspace/l4/skeleton.h"

namespace sluice::l4 {

/// Entries a family; what is in force already keeps its size.
struct TableSizes {
  std::uint32_t flows = 0;  ///< two entries each
  std::uint32_t half_open = 0;
};

/// Where programs that look at packets are attached.
enum class Hook : std::uint8_t { kIngress, kEgress, kXdp };

class Programs {
 public:
  /// All but the programs of hooks that not every start needs: egress and XDP. Error: the verifier's or the kernel's,
  /// with what would do.
  static std::expected<Programs, std::string> load(const Pins& pins, const TableSizes& sizes);

  /// Without pins or side effects: whether the kernel takes all programs. Its arrays are not mapped.
  static std::expected<Programs, std::string> try_load(const TableSizes& sizes);

  Programs(Programs&&) noexcept;
  Programs& operator=(Programs&&) noexcept;
  ~Programs();

  /// Puts the hook's program into its slot, loaded if it was not yet: from here on it serves. Before the trampoline is
  /// attached. Error: the verifier's or the kernel's.
  std::expected<void, std::string> serve(Hook hook);

  /// File descriptors, owned by this object. The entry programs are the trampolines.
  [[nodiscard]] int map(const char* name) const;      ///< -1: no such map
  [[nodiscard]] int program(const char* name) const;  ///< -1: no such program, or not loaded
  [[nodiscard]] std::uint32_t entries(const char* name) const;

  /// The mapped arrays.
  [[nodiscard]] config& settings() const { return *config_; }
  [[nodiscard]] std::span<service> services() const { return services_; }
  [[nodiscard]] std::span<backend> backends() const { return backends_; }
  [[nodiscard]] std::span<std::uint32_t> rings() const { return rings_; }
  [[nodiscard]] std::span<snat_source> snat_sources() const { return sources_; }

  /// The kernel's jiffies, low 32 bits; 0: they could not be read.
  [[nodiscard]] std::uint32_t jiffies() const;

  /// Tells flows that this process is there to bump the generation: several times a second, or they ask for themselves.
  void attend();

  /// Tells flows to look at next hop, backend and service again.
  void bump_generation();

  /// True: the maps were there before this process.
  [[nodiscard]] bool adopted() const { return adopted_; }

 private:
  Programs();
  std::expected<void, std::string> open(const Pins* pins, const TableSizes& sizes);
  std::expected<void, std::string> load_apart(const char* program, const char* entry);
  std::expected<void, std::string> map_arrays();
  std::expected<void, std::string> start_clock();
  [[nodiscard]] struct clock now() const;  ///< zero where the program did not run
  template <class Entry>
  std::expected<std::span<Entry>, std::string> mapped(const char* name);

  struct Mapping {
    void* start;
    std::size_t size;
  };
  Skeleton object_;
  std::vector<Skeleton> apart_;  ///< of hooks that were needed later
  std::vector<Mapping> mappings_;
  config* config_ = nullptr;
  std::span<service> services_;
  std::span<backend> backends_;
  std::span<std::uint32_t> rings_;
  std::span<snat_source> sources_;
  bool adopted_ = false;
};

}  // namespace sluice::l4
