// What the source cannot do, or could not read, as one line for a log.
#pragma once

#include <string>

namespace sluice::kubernetes {

struct Trouble {
  std::string subject;  ///< "httproutes.gateway.networking.k8s.io", "HTTPRoute shop/cart", "discovery"
  std::string what;     ///< empty: it is over
  bool operator==(const Trouble&) const = default;
};

}  // namespace sluice::kubernetes
