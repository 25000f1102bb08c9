// One event of a watch (meta/v1, WatchEvent).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/source/kubernetes/metrics.h"

namespace sluice::kubernetes {

/// Borrows from the text.
struct EventText {
  WatchEvent type;
  std::string_view object;  ///< JSON; of an error, a Status
};

/// nullopt: this is no event.
std::optional<EventText> read_event(std::string_view text);

/// metadata.resourceVersion of an object's text; empty where there is none.
std::string version_of(std::string_view object);

}  // namespace sluice::kubernetes
