// Kubernetes Events (events.k8s.io/v1; `kubectl describe` shows them) for what a user must know.
//
//   EventRecorder events(api_server_of(source), pod_name);
//   events.lead(is_leader);                        // and once: for (finding : pipeline.findings())
//   events.tell(finding) for (const auto& finding : pipeline.settle(data_plane, time)) events.tell(finding);
//   wake_at(events.run(now, time));
//
// One Event for each (object, reason, note): what comes again raises its series' count, at most once an interval. Its
// name is made of these, so that a restart or another leader goes on with the Event that is there. Only the leader
// tells. Bounded in memory and in rate, by object and in all; what is over is dropped and counted.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/pipeline/finding.h"
#include "controller/report/api_server.h"

namespace sluice::report {

struct EventLimits {
  double per_second = 10;  ///< requests of all objects
  double burst = 50;
  std::size_t burst_of_object = 25;                   ///< Events of one object at once,
  std::chrono::seconds object_interval{30};           ///< and then one in that time
  std::chrono::milliseconds series_interval{60'000};  ///< an Event's count is written at most so often
  std::chrono::milliseconds forget_after{3'600'000};  ///< the API server keeps Events so long
  std::size_t known = 4096;                           ///< Events remembered; over it the longest unheard of goes
  std::chrono::milliseconds backoff_first{1'000}, backoff_most{60'000};
};

/// All functions but metrics() belong to one thread, the owner's.
class EventRecorder {
 public:
  /// instance  reportingInstance: the pod's name.
  EventRecorder(ApiServer server, std::string instance, const EventLimits& limits = {});
  ~EventRecorder();
  EventRecorder(const EventRecorder&) = delete;
  EventRecorder& operator=(const EventRecorder&) = delete;

  /// Only a leader tells; what is told to a follower is dropped, so a new leader is told what stands
  /// (Pipeline::findings); what its predecessor made an Event of is not told again.
  void lead(bool leads);

  /// A Warning. The object is looked up when it is sent; of one that is gone nothing is said.
  void tell(const pipeline::Finding& finding);

  /// time  RFC 3339, UTC, whole seconds. Returns when to call it next at the latest; nullopt: after another call of
  /// this class or an answer.
  std::optional<std::chrono::steady_clock::time_point> run(std::chrono::steady_clock::time_point now,
                                                           std::string_view time);

  /// Any thread. Prometheus text: sluice_kubernetes_reported_events_*.
  [[nodiscard]] std::string metrics() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with answers that are on their way
};

}  // namespace sluice::report
