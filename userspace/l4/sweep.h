// Ends flows that are over: in batches, an entry only when two looks a round apart find it unused (flow.h says why).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "sluice/bpf/config.h"
#include "userspace/l4/service_table.h"

namespace sluice::l4 {

/// One family's tables; -1: none.
struct FlowMaps {
  int flows = -1;
  int half = -1;
};

/// What is in the tables, as of the last whole round.
struct FlowCounts {
  std::uint64_t flows = 0;  ///< entries: two a flow
  std::uint64_t half = 0;
  std::uint64_t active_tcp = 0;
  std::uint64_t active_udp = 0;
  std::uint64_t ended = 0;  ///< deleted by the sweep since the start
};

/// Goes through the tables a step at a time, so that a step stays short whatever the tables hold.
class Sweep {
 public:
  /// When the flow of a departed backend left its service, jiffies; nullopt: it has not.
  using Departed = std::function<std::optional<std::uint32_t>(const Departure&, std::uint32_t now_jiffies)>;

  /// settings: the mapped configuration (timeouts). Borrowed.
  Sweep(FlowMaps v4, FlowMaps v6, const config& settings, Departed departed);
  ~Sweep();

  /// One batch. True: a round has just ended; the next begins with the next step.
  bool step(std::uint32_t now_jiffies);

  [[nodiscard]] FlowCounts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::l4
