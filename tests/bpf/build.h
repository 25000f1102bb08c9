// One build of the datapath, of the three: what a test puts in and gets out does not depend on which.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sluice/bpf/counters.h"
#include "tests/bpf/packet.h"

namespace sluice::test {

enum class Verdict { kUntouched, kDropped, kSent };
std::ostream& operator<<(std::ostream& out, Verdict verdict);

struct Sent {
  Verdict verdict = Verdict::kUntouched;
  Bytes packet;                ///< as it left
  std::uint32_t raw = 0;       ///< the hook's own number
  std::uint32_t left_by = 0;   ///< native only: ifindex
  std::uint64_t complete = 0;  ///< native only: what the kernel's sum was told to change by
  bool in_step = true;  ///< kernel only, CHECKSUM_COMPLETE: its sum is that of the frame as it left; else no frame
};

/// What a kernel may know about a frame beside its bytes.
struct Offload {
  std::uint32_t gso_size = 0;
  std::uint32_t checksum = 0;  ///< enum checksum; a kernel's TC can be told of COMPLETE (makes_complete())
  bool tagged = false;         ///< native only
};

/// Where the rig's devices are and who is behind them: the same for every build (network.h makes it real).
struct Devices {
  std::uint32_t clients = 2;
  std::uint32_t backends = 3;
};

inline constexpr Mac kClientDeviceMac{2, 0, 0, 0, 0, 0xc0};
inline constexpr Mac kBackendDeviceMac{2, 0, 0, 0, 0, 0xb0};
inline constexpr Mac kClientMac{2, 0, 0, 0, 0x0c, 1};
inline constexpr Mac kBackendMac{2, 0, 0, 0, 0x0b, 1};
inline constexpr std::uint32_t kBackendMtu = 1400;

class Build {
 public:
  virtual ~Build() = default;

  virtual Sent run(const Bytes& frame, hook where, std::uint32_t device, const Offload& offload = {}) = 0;
  /// The program that is attached, with nothing in its slot.
  virtual Sent run_entry(const Bytes& frame, hook where) = 0;

  virtual long update(const std::string& map, const void* key, const void* value) = 0;
  /// Sums per-CPU values (of 8-byte counters).
  virtual bool lookup(const std::string& map, const void* key, void* value) = 0;
  virtual void erase(const std::string& map, const void* key) = 0;
  /// First (previous = nullptr) or next key; false at the end.
  virtual bool next_key(const std::string& map, const void* previous, void* key) = 0;
  virtual void clear() = 0;

  virtual std::uint32_t jiffies() = 0;
  virtual std::uint32_t hz() = 0;
  virtual hook ingress() const = 0;  ///< HOOK_XDP or HOOK_TC
  virtual Devices devices() const = 0;
  virtual bool is_native() const { return false; }
  /// Sets how many entries a table takes, returns how many it took. Native only.
  virtual std::uint32_t limit(const std::string& map, std::uint32_t entries);
  /// Puts an established entry of nobody's under R = {from, to}, UDP or TCP as `protocol`. Native only.
  virtual void occupy(bool v4, const Endpoint& from, const Endpoint& to);
};

/// Over bpf/native, as one of the hooks.
std::unique_ptr<Build> native_build(hook ingress);
/// As TC of a kernel that cannot read ip_summed.
std::unique_ptr<Build> native_build_by_helpers();

}  // namespace sluice::test
