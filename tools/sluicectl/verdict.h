// What explain has to say, before it is text or JSON: what takes the request or packet, and why the nearest others do
// not.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::ctl {

/// A backend of the rule that won.
struct BackendShare {
  std::string backend;  ///< "Service shop/cart:80", or what did not resolve
  std::uint32_t weight = 0;
  double share = 0;   ///< of what the rule takes, 0..1
  std::string state;  ///< "serves", or why its share is refused
  bool serves = false;
  std::vector<std::string> endpoints;  ///< "10.0.0.1:8080", "10.0.0.2:8080 (draining)", "10.0.0.3:8080 (not local)"
  bool picked = false;                 ///< by --from: this flow's
  bool resolved_by_node = false;       ///< a name: its addresses are not known here
  bool local = false;                  ///< endpoints on the node itself get all of it; the others are passed over
};

struct PassedOver {
  std::string what;  ///< "HTTPRoute shop/all rule 0 (path PathPrefix /)"
  std::string why;   ///< "matches too, but ranks behind"
};

struct Verdict {
  std::string question;  ///< "GET http://shop.example/cart"
  bool forwarded = false;
  std::string reason;    ///< label, as in metrics and logs: "forwarded", "no_rule"
  std::string meaning;   ///< a sentence: what the client sees and why
  std::string listener;  ///< empty: none takes it; likewise below
  std::string route;
  std::string rule;
  std::string match;
  std::string prefers;  ///< "endpoints on node-a (PreferLocal)"
  std::string slot;     ///< of the ring, by --from: "17 of 251"
  std::vector<BackendShare> backends;
  std::vector<PassedOver> passed_over;
  std::string note;  ///< what the answer cannot say, and why; mostly empty
};

std::string text_of(const Verdict& verdict);
boost::json::object json_of(const Verdict& verdict);

/// "Gateway shop/main listener http (192.0.2.1:80, HTTP, any hostname)".
std::string listener_text(const model::v1::Frontend& frontend);

/// "HTTPRoute shop/cart".
std::string object_text(const model::v1::ObjectRef& ref);

/// "192.0.2.1:80", "[2001:db8::1]:80"; "*:80" for an empty address.
std::string socket_text(const std::string& ip, std::uint32_t port);

}  // namespace sluice::ctl
