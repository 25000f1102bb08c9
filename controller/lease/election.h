// What to do about a Lease next: client-go's leaderelection as a state machine without clock and I/O.
//
//   for (;;) { switch (election.next(now)) { create, update or only read; election.saw(record, now) or failed(now); } }
#pragma once

#include <chrono>
#include <optional>

#include "controller/lease/lease.h"
#include "controller/lease/record.h"

namespace sluice::lease {

/// One thread.
class Election {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  explicit Election(LeaseOptions options);

  /// The Lease as the API server has it now; nullopt: there is none. Observed anew where it differs from the last.
  void saw(std::optional<Record> record, Time now);
  /// The API server took what we wrote at `asked`, and this is what it made of it.
  void wrote(Record record, Time asked);
  /// A try failed. What is known stays as it is.
  void failed() {}

  /// What to write now; nullopt: it is another's, and not free yet. wall: the time to write, RFC 3339 with
  /// microseconds. Without a version: to be created.
  [[nodiscard]] std::optional<Record> bid(Time now, const std::string& wall) const;
  /// What gives it up; nullopt: we do not hold it.
  [[nodiscard]] std::optional<Record> resignation(const std::string& wall) const;

  void annotate(std::map<std::string, std::string> annotations) { options_.annotations = std::move(annotations); }

  /// Whether we hold it at that time: renewed within renewDeadline. Uncontended: whether we were the last to hold it.
  [[nodiscard]] bool holds(Time now) const;
  [[nodiscard]] Time deadline() const { return renewed_ + options_.terms.renew_deadline; }
  [[nodiscard]] LeaseState state(Time now) const;
  [[nodiscard]] const LeaseOptions& options() const { return options_; }

 private:
  [[nodiscard]] bool is_ours() const;

  LeaseOptions options_;
  std::optional<Record> record_;
  Time observed_{};  ///< when the record came to be what it is, by our clock
  Time renewed_{};   ///< when we asked for the last renewal that was granted
};

}  // namespace sluice::lease
