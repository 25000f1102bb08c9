// Backend indices: which endpoint each stands for, through removal, drain and reuse.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sluice/bpf/backend.h"
#include "userspace/l4/service_plan.h"

namespace sluice::l4 {

/// Where a backend's packets come from: a region of snat_sources. count 0: it cannot be reached, `why` says.
struct BackendSource {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::string why;
};

/// The mapped array `backends`, with a count of who uses each entry.
class BackendTable {
 public:
  using Resolve = std::function<BackendSource(const Target&)>;

  /// backends: the mapped array; index 0 is never given out. Borrowed.
  BackendTable(std::span<backend> backends, Resolve resolve);

  /// Takes over what an earlier process left: entries that are in use, and removed ones that still drain.
  void adopt();

  /// One user more, as a ready or as a draining one. The entry is written before this returns. 0: the table is full, or
  /// the target cannot be reached (why() says).
  std::uint32_t acquire(const Target& target, bool ready);

  /// One user less. The last one's entry is removed by remove_unused(), so that it may be taken again before.
  void release(const Target& target, bool ready);

  /// Marks as REMOVED what nobody uses any more, frees what has drained. True: config.generation must be bumped.
  bool remove_unused(std::uint32_t now_jiffies, std::uint32_t drain_jiffies);

  /// Resolves all sources anew (routes have changed). True: an entry was rewritten.
  bool resolve_all();

  [[nodiscard]] std::uint32_t index(const Target& target) const;  ///< 0: none
  [[nodiscard]] const std::string& why() const { return why_; }   ///< the last acquire() gave 0; else empty
  [[nodiscard]] std::size_t used() const { return entries_.size(); }
  [[nodiscard]] std::size_t capacity() const { return backends_.size(); }

 private:
  struct Entry {
    std::uint32_t index = 0;
    std::uint32_t ready = 0;
    std::uint32_t draining = 0;
  };

  std::uint32_t free_index();
  void write(const Target& target, const Entry& entry, const BackendSource& source);
  void set_state(const Entry& entry);

  std::span<backend> backends_;
  Resolve resolve_;
  std::map<Target, Entry> entries_;
  std::set<Target> unused_;   ///< no user left, not marked yet
  std::set<Target> removed_;  ///< marked, draining away
  std::string why_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_ = 1;
};

}  // namespace sluice::l4
