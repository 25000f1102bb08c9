// What to do about a Lease next: client-go's leaderelection as a state machine without clock and I/O.
#pragma once

#include <chrono>
#include <optional>

#include "controller/lease/lease.h"
#include "controller/lease/record.h"

namespace sluice::lease {

/// One thread.
class Election {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Election(LeaseOptions options) : options_(std::move(options)) {}

  /// The Lease as the API server has it; nullopt: there is none. Its time runs anew where its holder or its renewal is
  /// another than we knew.
  void saw(std::optional<Record> record, Time now);
  /// The API server took what we bid at `asked`, and this is what it made of it.
  void wrote(Record record, Time asked);

  /// What to write now to get or to keep the Lease; nullopt: it is another's, and not free yet. Without a
  /// resource_version it is to be created. wall: the time that is shown to others (micro_time()).
  [[nodiscard]] std::optional<Record> bid(Time now, const std::string& wall) const;
  /// What gives it up; nullopt: it is not ours.
  [[nodiscard]] std::optional<Record> resignation(const std::string& wall) const;

  /// How long a request may take: several fit into the time for which a Lease lasts, so that one that hangs costs none.
  [[nodiscard]] std::chrono::milliseconds request_time() const;
  /// From the end of a try, which took so long, until the next of what is ours: renewals begin in even steps.
  [[nodiscard]] std::chrono::milliseconds pause(std::chrono::milliseconds took) const;

  void annotate(std::map<std::string, std::string> annotations) { options_.annotations = std::move(annotations); }

  [[nodiscard]] bool is_ours() const { return record_ && record_->holder == options_.identity; }
  /// Contended: ours, and renewed within renewDeadline. Else ours.
  [[nodiscard]] bool holds(Time now) const { return is_ours() && (!options_.is_contended || now < deadline()); }
  /// When holds() ends unless we renew.
  [[nodiscard]] Time deadline() const { return renewed_ + options_.terms.renew_deadline; }
  [[nodiscard]] LeaseState state(Time now) const;
  [[nodiscard]] const LeaseOptions& options() const { return options_; }

 private:
  [[nodiscard]] bool is_free(Time now) const;
  void lay_ours_over(Record& record) const;

  LeaseOptions options_;
  std::optional<Record> record_;
  std::int32_t transitions_ = -1;  ///< the most that were seen: a Lease that is deleted, and made again, goes on there
  Time observed_{};
  Time renewed_{};  ///< when we asked for the last renewal that was granted
};

}  // namespace sluice::lease
