// The flow tables of one family, read out whole: for what must be true of all entries at once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/bpf/flow.h"
#include "tests/bpf/build.h"

namespace sluice::test {

/// The key of an entry: a packet as it arrives.
struct Tuple {
  Endpoint from, to;
  std::uint8_t protocol = 0;
  bool operator==(const Tuple&) const = default;
};

struct FlowEntry {
  Tuple key;
  Tuple rewrite;  ///< the packet as it leaves
  flow_head head{};
  flow_tail tail{};
};

struct HalfEntry {
  Tuple key;     ///< the backend's packet
  Tuple client;  ///< the client's
  half_head head{};
};

std::vector<FlowEntry> read_flows(Build& build, family kind);
std::vector<HalfEntry> read_halves(Build& build, family kind);

/// The half-open entry of that key, nullopt where there is none.
std::optional<HalfEntry> find_half(Build& build, const Tuple& key);
void erase_half(Build& build, const Tuple& key);
/// Makes the entry older. There must be one.
void age_half(Build& build, const Tuple& key, std::uint32_t jiffies);

/// What is wrong with tables at rest, a line each. Nothing is when each flow has both entries, complete, of one id, one
/// backend and one service, each the other turned round; no client's tuple has two ports; and a half-open entry that a
/// flow has left behind is that flow's own.
std::vector<std::string> inconsistencies(Build& build, family kind);

}  // namespace sluice::test
