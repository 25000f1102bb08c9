// Which listener, route, rule, match and backend take a request or a flow, asked of the tables that the data plane is
// made of: the engine's router, the passthrough's name table, the kernel's ring.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/sluicectl/verdict.h"
#include "userspace/l4/service_plan.h"
#include "userspace/model/locality.h"
#include "userspace/model/store.h"

namespace sluice::ctl {

struct SocketAddress {
  std::string ip;  ///< 4 or 16 bytes, network byte order
  std::uint16_t port = 0;
};

/// "192.0.2.1:80", "[2001:db8::1]:80".
std::expected<SocketAddress, std::string> parse_socket_address(const std::string& text);

/// The same, or an address alone: the port is 0 then.
std::expected<SocketAddress, std::string> parse_source_address(const std::string& text);

struct HttpQuestion {
  std::string method;
  std::string url;  ///< "http://shop.example:8080/cart?x=1"
  std::vector<std::pair<std::string, std::string>> headers;
  bool from = false;  ///< a client was named, which picks nothing here
};

struct FlowQuestion {
  bool udp = false;
  SocketAddress to;
  std::optional<SocketAddress> from;
};

struct NameQuestion {
  std::string name;  ///< lower case; "" for a hello without SNI
  std::uint16_t port = 0;
  std::string ip;     ///< 4 or 16 bytes, network byte order; empty: of all addresses the most specific listener
  bool from = false;  ///< a client was named, which picks nothing here
};

/// home: the node that is asked, whose endpoints a frontend may prefer.
/// Errors say what is wrong with the question itself (usage).
std::expected<Verdict, std::string> explain_http(const model::Store& store, const l4::Home& home,
                                                 const HttpQuestion& question);
Verdict explain_flow(const model::Store& store, const l4::Home& home, const FlowQuestion& question);
Verdict explain_name(const model::Store& store, const l4::Home& home, const NameQuestion& question);

/// Calls visit(name, frontend) for every frontend of the model, by name.
template <class Visit>
void each_frontend(const model::Store& store, Visit&& visit) {
  const auto& all = store.all();
  for (auto it = all.lower_bound("frontend/"); it != all.end() && it->first.starts_with("frontend/"); ++it) {
    visit(it->first, it->second->frontend());
  }
}

/// Which of a backend's ready endpoints share what it gets, as the data plane that is asked chooses them.
using ChooseReady = std::function<model::ReadyEndpoints(const model::v1::Endpoints&)>;

/// A weighted backend as the model has it: what its share of `total` gets.
BackendShare share_of(const model::Store& store, const model::v1::WeightedBackend& backend, std::uint64_t total,
                      const ChooseReady& choose);

/// How the engine and the passthrough choose for the frontend.
ChooseReady engines_choice(const model::v1::Frontend& frontend, const l4::Home& home);

/// What the frontend prefers, for the verdict: "endpoints on node-a (PreferLocal)"; "": nothing.
std::string preference_text(const model::v1::Frontend& frontend, const l4::Home& home);

/// Whether a frontend is reached at `ip`; one without addresses (a folder, no --address) at any.
bool has_address(const model::v1::Frontend& frontend, const std::string& ip);

}  // namespace sluice::ctl
