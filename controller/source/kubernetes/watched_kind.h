// The kinds that the source reads, and what it keeps of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::kubernetes {

enum class Reading : std::uint8_t {
  kWhole,     ///< every object, whole
  kContents,  ///< names and versions of all, and the whole of those that are wanted (KubernetesSource::want)
};

struct WatchedKind {
  std::string_view group;  ///< empty: the core group
  std::string_view kind;
  std::string_view plural;
  Reading reading = Reading::kWhole;
  std::string_view label_selector;  ///< the server leaves out what it does not select
  bool keeps_labels = false;        ///< else only kept_label, if there is one
  std::string_view kept_label;
  bool keeps_annotations = false;
  bool has_status = false;    ///< that we write
  bool reads_status = false;  ///< that others write
};

inline constexpr std::string_view kGatewayGroup = "gateway.networking.k8s.io";
inline constexpr std::string_view kOwnGroup = "sluice.dev";

/// Whether the kind comes from a CRD: its objects are checked by our schema of it, since the CRD may be another.
constexpr bool is_custom(const WatchedKind& kind) {
  return kind.group == kGatewayGroup || kind.group == kOwnGroup;
}

/// One for each kind of api::ObjectSet, in no particular order.
std::span<const WatchedKind> watched_kinds();

/// Null where the source does not read the kind.
const WatchedKind* find_watched_kind(std::string_view kind);

/// "httproutes.gateway.networking.k8s.io": the name of its CRD, where it has one.
std::string full_name(const WatchedKind& kind);

/// Versions whose objects we can read (those of controller/api/schemas), the one to take first in front: v1 before
/// v1beta1 before v1alpha3 before v1alpha2 (Kubernetes' order of versions).
std::vector<std::string> readable_versions(const WatchedKind& kind);

}  // namespace sluice::kubernetes
