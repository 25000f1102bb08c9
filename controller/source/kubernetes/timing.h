// Every time that the source waits or gives up after. Tests make them short.
#pragma once

#include <chrono>

#include "controller/source/kubernetes/api_client.h"

namespace sluice::kubernetes {

struct Timing {
  using Milliseconds = std::chrono::milliseconds;

  ClientLimits client;
  /// The server ends a watch after a time drawn from here, so that watches spread over servers and over time
  /// (client-go has 5 to 10 minutes).
  std::chrono::seconds watch_shortest{300}, watch_longest{600};
  /// A watch that ends sooner, without any event, has failed.
  Milliseconds watch_too_short{1'000};
  Milliseconds backoff_first{200}, backoff_most{10'000};
  /// Which kinds are served is looked at so often, and soon again where a CRD is there and not served yet.
  Milliseconds discovery_period{60'000}, discovery_soon{200};
  /// A kind that is not served for so long is gone. Shorter absences are API servers that start
  /// (kubernetes/kubernetes#115241).
  Milliseconds unserved{60'000};
  /// The first world waits no longer for a CRD that is there and not served.
  Milliseconds crd_grace{30'000};
  unsigned page = 500;  ///< items
};

}  // namespace sluice::kubernetes
