// The datapath's counters, read from the per-CPU maps when they are asked for, as Prometheus text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sluice/bpf/counters.h"
#include "userspace/l4/attachment.h"
#include "userspace/l4/programs.h"
#include "userspace/l4/service_table.h"
#include "userspace/l4/sweep.h"

namespace sluice::l4 {

/// Per-service counters are by id, and ids are used again: what an id has counted for a route is kept here when it
/// passes on, so that a route's total never steps back.
class Counters {
 public:
  explicit Counters(const Programs& programs);

  /// Of this many routes what they have counted outlasts their ids; beyond, those that passed on first are forgotten.
  static constexpr std::size_t kMostRetired = 4096;

  /// The id counts for another route from now on: its counts so far are `route`'s.
  void retire(std::uint32_t id, const std::string& route);

  struct View {
    const std::map<std::uint32_t, std::string>& routes;  ///< ids in force, and the route that each serves
    const std::map<std::string, Attached>& devices;
    FlowCounts flows;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> maps;  ///< name -> (entries, capacity)
    std::uint64_t rings_written = 0;
    std::uint64_t claims_contested = 0;
    std::uint64_t claims_yielded = 0;
  };

  /// sluice_l4_*, sluice_hook_packets_total, sluice_drops_total, sluice_map_*, sluice_xdp_mode.
  [[nodiscard]] std::string text(const View& view) const;

 private:
  template <class Value>
  [[nodiscard]] std::vector<Value> read(const char* map, std::uint32_t index) const;
  [[nodiscard]] service_counters sum(std::uint32_t id) const;

  const Programs& programs_;
  std::uint32_t cpus_;
  std::map<std::string, service_counters> retired_;
  std::deque<std::string> order_;  ///< of retired_, the oldest first
};

}  // namespace sluice::l4
