// Writes statuses to the API server: latest wins, only what differs, only by the leader, never faster than its bucket,
// one request an object at a time. What others wrote is kept (merge.h).
//
//   StatusWriter writer(api_server_of(source));
//   writer.lead(is_leader);
//   // each time that the source has something:
//   const auto batch = source.take();              // answers arrive from here
//   ... pipeline.update(), settle() ...
//   for (const auto& ref : pipeline.take_restated()) writer.want(ref, pipeline.status_of(ref));
//   writer.recorded(batch.recorded);
//   wake_at(writer.run(now, time));                // in this order; and again at the time that it says
//
// Everybody keeps what is wanted, so that a new leader writes at once what its predecessor did not. Memory: one status
// text for each object of ours.
//
// A conflict waits for the record that it was about, and is merged again. No answer: nothing is sent until a wait with
// jitter, doubling, is over. Refused (403, 422): that object alone waits. Not found: forgotten. A status that somebody
// else changes back is written again, each time after a longer wait.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/report/api_server.h"

namespace sluice::report {

using Time = std::chrono::steady_clock::time_point;

struct WriterLimits {
  using Milliseconds = std::chrono::milliseconds;

  double writes_per_second = 50;
  double burst = 100;
  std::size_t in_flight = 16;  ///< requests at once, of all objects
  /// No answer, 429, 5xx: everything waits.
  Milliseconds backoff_first{200}, backoff_most{30'000};
  /// Refused, or changed back by somebody else: the object waits.
  Milliseconds object_backoff_first{1'000}, object_backoff_most{300'000};
  /// A record that is newer than what was written, or than what a conflict was about, is waited for no longer.
  Milliseconds record_wait{10'000};
};

/// All functions but metrics() belong to one thread, the owner's.
class StatusWriter {
 public:
  explicit StatusWriter(ApiServer server, const WriterLimits& limits = {});
  ~StatusWriter();
  StatusWriter(const StatusWriter&) = delete;
  StatusWriter& operator=(const StatusWriter&) = delete;

  /// Only a leader writes. Answers to what an earlier one sent are still awaited.
  void lead(bool leads);

  /// Our status of the object from now on, as status::status_of makes it (its times do not count); nullopt: we have
  /// none, and entries of ours are taken out of lists that others share. To be called with what the source's last
  /// take() led to: the record of that moment tells how new "none" is.
  void want(const api::ObjectRef& object, const std::optional<boost::json::object>& status);

  /// Batch::recorded: statuses may have been changed by others, and those that wait for a record go on.
  void recorded(std::span<const api::ObjectRef> objects);

  /// Merges and sends what is due and what the limits let through.
  /// time  RFC 3339, UTC, whole seconds: lastTransitionTime of what changes now.
  /// Returns when to call it next at the latest; nullopt: after another call of this class or an answer.
  std::optional<Time> run(Time now, std::string_view time);

  /// News of what cannot be written as it should: an object that was refused, entries that found no room. An empty
  /// text: it is over.
  std::vector<Trouble> take_troubles();

  /// Objects whose status is not known to be what is wanted.
  [[nodiscard]] std::size_t pending() const;

  /// Any thread. Prometheus text: sluice_status_*.
  [[nodiscard]] std::string metrics() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with answers that are on their way
};

}  // namespace sluice::report
