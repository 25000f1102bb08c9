// A Lease as the API server has it, as far as holding it needs.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace sluice::lease {

struct Record {
  std::string resource_version;  ///< empty: not there yet
  std::string uid;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string holder;  ///< empty: nobody
  std::int32_t duration_seconds = 0;
  std::string acquire_time;  ///< RFC 3339 with microseconds, UTC, as it was written; not compared with any clock
  std::string renew_time;
  std::int32_t transitions = 0;
  std::string raw;  ///< the object's JSON as it was read, for what we do not know of it; empty: not there yet
  bool operator==(const Record&) const = default;
};

/// Errors: what is wrong with the text. An object without a spec is a Lease that nobody holds.
std::expected<Record, std::string> read_record(std::string_view json);

/// The Lease to be created or to be put in the place of what was read: raw with the record's labels, annotations and
/// spec laid over it. The labels and annotations of others stay.
std::string to_json(const Record& record, std::string_view namespace_, std::string_view name);

/// "2026-11-25T13:05:02.123456Z": MicroTime (meta/v1).
std::string micro_time(std::int64_t microseconds_since_epoch);

}  // namespace sluice::lease
