// The ring of one service, laid out by the datapath's own tables (userspace/l4), and the slot of a flow, by the
// kernel's own hash (include/sluice/bpf/hash.h): what a node forwards a new flow by.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sluice/bpf/service.h"
#include "tools/sluicectl/explain.h"
#include "userspace/l4/service_plan.h"

namespace sluice::ctl {

class FlowRing {
 public:
  FlowRing(const l4::ServiceId& service, const l4::ServicePlan& plan);

  struct Pick {
    std::uint32_t slot = 0;
    std::uint32_t slots = 0;           ///< 0: no ring, all flows go the same way
    std::optional<l4::Target> target;  ///< nullopt: the share of what is refused
  };

  /// client  of the service's family, with its port.
  [[nodiscard]] Pick pick(const SocketAddress& client) const;

 private:
  l4::ServiceId service_;
  ring_ref ring_{};
  std::vector<std::uint32_t> slots_;
  std::map<std::uint32_t, l4::Target> targets_;  ///< by backend index
};

}  // namespace sluice::ctl
