// An Event of events.k8s.io/v1 as text, within the limits of its validation (pkg/apis/core/validation/events.go).
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "controller/pipeline/finding.h"
#include "controller/source/kubernetes/resource_path.h"

namespace sluice::report {

/// What an Event says, and of what.
struct EventSubject {
  api::ObjectRef object;
  std::string reason;
  std::string note;
  auto operator<=>(const EventSubject&) const = default;
};

/// note: "parent Gateway edge: ResolvedRefs: Service shop/pay is not there", 1024 octets at most.
EventSubject event_subject(const pipeline::Finding& finding);

/// Where the Event is, beside its object or, for one that is cluster-scoped, in "default". Its name is the object's and
/// a hash of all that tells it apart, uid included: the same Event has the same name whoever writes it.
kubernetes::ResourcePath event_path(const EventSubject& subject, std::string_view uid);

struct EventOrigin {
  kubernetes::Resource resource;  ///< of the object
  std::string uid;                ///< of the object
  std::string instance;           ///< reportingInstance
  std::string_view time;          ///< RFC 3339, UTC, whole seconds
};

/// JSON of a Warning.
std::string event_text(const EventSubject& subject, const kubernetes::ResourcePath& path, const EventOrigin& origin);

/// JSON of EventSeries: seen so many times, lastly then.
std::string series_text(std::uint64_t count, std::string_view time);

/// How often the Event that is there was seen: 1 where it has no series.
std::uint64_t seen_count(std::string_view event);

}  // namespace sluice::report
