#include "controller/lease/election.h"

#include <algorithm>

namespace sluice::lease {
namespace {

/// Annotations of a Lease that its holder alone writes.
constexpr std::string_view kOwnPrefix = "sluice.dev/";

/// Between tries, whatever the one before has taken.
constexpr std::chrono::milliseconds kLeastPause{100};

bool same_renewal(const Record& one, const Record& other) {
  return one.holder == other.holder && one.renew_time == other.renew_time && one.acquire_time == other.acquire_time &&
         one.transitions == other.transitions && one.duration_seconds == other.duration_seconds;
}

}  // namespace

void Election::saw(std::optional<Record> record, Time now) {
  const bool is_known = record && record_ && same_renewal(*record, *record_);
  if (!is_known) observed_ = now;
  if (record) transitions_ = std::max(transitions_, record->transitions);
  record_ = std::move(record);
}

void Election::wrote(Record record, Time asked) {
  saw(std::move(record), asked);
  if (is_ours()) renewed_ = asked;
}

/// A Lease is free when its holder gave it up, or when we have seen no renewal for as long as it says.
bool Election::is_free(Time now) const {
  if (record_->holder.empty()) return true;
  const auto seconds = std::chrono::seconds(record_->duration_seconds);
  return now >= observed_ + std::max<std::chrono::milliseconds>(seconds, std::chrono::seconds(1));
}

void Election::lay_ours_over(Record& record) const {
  for (const auto& [key, text] : options_.labels) record.labels[key] = text;
  std::erase_if(record.annotations, [](const auto& entry) { return entry.first.starts_with(kOwnPrefix); });
  for (const auto& [key, text] : options_.annotations) record.annotations[key] = text;
}

std::optional<Record> Election::bid(Time now, const std::string& wall) const {
  if (record_ && !is_ours() && options_.is_contended && !is_free(now)) return std::nullopt;
  Record out = record_.value_or(Record{});
  if (!is_ours()) {
    out.acquire_time = wall;
    out.transitions = transitions_ + 1;
    out.holder = options_.identity;
  }
  out.renew_time = wall;
  out.duration_seconds =
      static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::seconds>(options_.terms.duration).count());
  lay_ours_over(out);
  return out;
}

std::optional<Record> Election::resignation(const std::string& wall) const {
  if (!is_ours()) return std::nullopt;
  Record out = *record_;
  out.holder.clear();
  out.duration_seconds = 1;
  out.renew_time = wall;
  return out;
}

std::chrono::milliseconds Election::request_time() const {
  return options_.terms.renew_deadline / (options_.is_contended ? 2 : 3);
}

std::chrono::milliseconds Election::pause(std::chrono::milliseconds took) const {
  const auto period = options_.terms.retry_period;
  return std::max(period - took, std::min(period, kLeastPause));
}

LeaseState Election::state(Time now) const {
  LeaseState out{.holds = holds(now), .is_renewed = is_ours() && now < deadline()};
  if (!record_) return out;
  out.holder = record_->holder;
  out.transitions = record_->transitions;
  out.annotations = record_->annotations;
  return out;
}

}  // namespace sluice::lease
