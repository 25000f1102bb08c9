// What the API server holds of an object beside what ObjectSet has: what a writer of its status starts from.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::kubernetes {

/// Immutable, shared. Kept for the kinds whose status we write (watched_kind.h).
struct StatusRecord {
  std::string resource_version;
  std::string uid;
  std::int64_t generation = 1;
  std::string status;      ///< JSON, byte for byte as it was read; empty: none. Its parts: raw_json.h
  std::string finalizers;  ///< a JSON list, byte for byte; empty: none
  bool is_deleting = false;
  bool operator==(const StatusRecord&) const = default;
};

}  // namespace sluice::kubernetes
