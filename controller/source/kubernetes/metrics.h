// What the source counts.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "controller/source/kubernetes/api_error.h"

namespace sluice::kubernetes {

enum class ListReason : std::uint8_t { kFirst, kGone, kBroken };  ///< kBroken: watches that gave nothing but errors
enum class WatchEvent : std::uint8_t { kAdded, kModified, kDeleted, kBookmark, kError };

struct ResourceCounts {
  std::array<std::uint64_t, 3> lists{};   ///< by ListReason; those that were finished
  std::uint64_t pages = 0;                ///< of lists, unfinished ones too
  std::uint64_t watches = 0;              ///< begun
  std::array<std::uint64_t, 5> events{};  ///< by WatchEvent; all that came
  std::uint64_t repeated = 0;             ///< events that were had before, and so were passed over
  std::array<std::uint64_t, kApiErrorKinds> errors{};
  std::uint64_t objects = 0;  ///< held
  bool is_watching = false;
};

struct Counts {
  std::map<std::string, ResourceCounts> resources;  ///< by to_string(Resource)
  std::uint64_t writes = 0;                         ///< that succeeded
  std::array<std::uint64_t, kApiErrorKinds> write_errors{};
};

/// Prometheus text: sluice_kubernetes_* (docs/concepts/kubernetes-source.md).
std::string metrics_text(const Counts& counts);

/// Any thread.
class Metrics {
 public:
  void update(const std::string& resource, const std::function<void(ResourceCounts&)>& change);
  void wrote();
  void failed_write(ApiErrorKind kind);
  void forget(const std::string& resource);
  [[nodiscard]] Counts counts() const;

 private:
  mutable std::mutex mutex_;
  Counts counts_;
};

}  // namespace sluice::kubernetes
