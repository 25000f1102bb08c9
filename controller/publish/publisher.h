// The controller's end of the control stream: gives each node the part of the model that it serves, and collects what
// the nodes made of it (docs/concepts/control-stream.md; the messages: sluice/control.proto).
//
//   Publisher publisher({.names = {"sluice-controller.sluice-system.svc"}, ...}, review_token);
//   publisher.serve(authority);           // as soon as the Secret is read, leader or not; begins to listen
//   publisher.publish(delta);             // leader or not; the first one is whole
//   publisher.lead(lease_transitions);    // or follow(address of the leader)
//   // each time that publisher.fd() is readable:
//   for (const auto& node : publisher.take().changed) ... publisher.nodes() ...
//
// A thread of its own, on which all of gRPC happens, and an eventfd towards the owner's loop. A node has at most one
// transaction under way, made when the one before is acknowledged from what has changed by then: a node that is slow or
// dead costs the names that it lacks and holds nobody back.
//
// To be made early in main(): it sets gRPC's environment variables (sluice/control_environment.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/publish/authority.h"
#include "sluice/model.pb.h"
#include "sluice/trouble.h"

namespace sluice::publish {

/// What the API server says of a token whose audience is kTokenAudience.
struct TokenOwner {
  std::string node;             ///< of the pod that the token is bound to
  std::string service_account;  ///< "system:serviceaccount:NAMESPACE:NAME"
};
inline constexpr const char* kTokenAudience = "sluice-controller";

/// Error: why the token is not taken; it is passed on to the node and must not hold the token. Any thread, once; the
/// publisher may be gone by then.
using OnReviewed = std::function<void(std::expected<TokenOwner, std::string>)>;

/// Asks for a review without waiting for it. Called by take(). Tokens are secrets: never to be logged.
using ReviewToken = std::function<void(std::string token, OnReviewed answered)>;

/// The frontends that a node serves. It is sent what is reachable from them, keys included, the vip/ of their addresses
/// and its own source/; nothing else.
struct Serving {
  bool all = true;
  std::set<std::string> frontends = {};  ///< where not all: names, "frontend/shop/Gateway/web/http"
  auto operator<=>(const Serving&) const = default;
};

struct PublisherTiming {
  using Milliseconds = std::chrono::milliseconds;
  Milliseconds heartbeat{1'000};       ///< to each node
  Milliseconds live{5'000};            ///< a node that was not heard for so long is not live
  Milliseconds silence{15'000};        ///< ... and its stream is ended
  Milliseconds first_message{10'000};  ///< so long a new stream may be without Hello, and a call of Enroll take
  Milliseconds review_pause{1'000};    ///< between tokens of one address that are reviewed, after the first ten
  std::chrono::seconds node_life = Authority::kNodeLife;  ///< of nodes' certificates; renewed at half
  Milliseconds forget{3'600'000};                         ///< a node that was not live for so long is none
  /// A stream whose certificate is taken no more goes on for so long, and up to a quarter longer: by then a kubelet has
  /// shown the node the new authority (its syncs are a minute apart).
  Milliseconds distrust{120'000};
};

struct PublisherOptions {
  std::string listen = "[::]:8443";     ///< port 0: any that is free
  std::vector<std::string> names = {};  ///< of the server's certificate: DNS names (or addresses) that nodes check
  std::string service_account = {};     ///< of nodes: "system:serviceaccount:sluice-system:sluiced"
  PublisherTiming timing = {};
};

/// How it stands with a node since this process leads.
struct NodeState {
  /// It said Hello, and its owner's loop was heard in the last 5 s. A stream that breaks and comes back within that
  /// time makes no difference.
  bool live = false;
  std::uint64_t generation = 0;  ///< of publish(): all that it changed for this node up to here is in force; 0: nothing
  std::map<std::string, std::string> refused = {};  ///< of that: names of resources that are not in force -> reason
  bool operator==(const NodeState&) const = default;
};

struct News {
  std::vector<std::string> changed;  ///< nodes whose entry of nodes() is another, new, or gone; sorted
  std::vector<Trouble> troubles;     ///< for the log: "node a", "enrolment", "listen"
};

/// All functions belong to one thread, the owner's.
class Publisher {
 public:
  Publisher(PublisherOptions options, ReviewToken review);
  /// Ends all streams and the thread. Nodes keep what they have.
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Serves under a certificate of this authority, which it renews by itself, and takes nodes' certificates of it and
  /// of those in also. The first call begins to listen; a later one replaces them: for connections to come at once, and
  /// for streams under a certificate that is no longer taken after timing.distrust. Error: cannot listen.
  std::expected<void, std::string> serve(Authority authority, std::vector<Authority> also = {});

  /// The port that serve() listens on; 0: none.
  [[nodiscard]] int port() const;

  /// This replica leads. transitions: leaseTransitions of the Lease as this process holds it; every process must have
  /// held it under a name of its own, so that the next one's is higher. Nodes are sent nothing before the first
  /// publish(). nodes() is empty at first: give nodes 5 s to come back before judging those that are absent.
  void lead(std::uint64_t transitions);

  /// Another one does, or none: nodes are sent to its address (HOST:PORT; empty: not known, they ask again later).
  /// nodes() is empty from then on. How it begins, with no address.
  void follow(std::string leader_address);

  /// The next generation of the model, whoever leads; the first call takes the whole of it. Generations grow; a delta
  /// without changes is fine.
  void publish(model::v1::Delta delta);

  /// Who serves what, from now on: the nodes named here, and all others. At first every node serves all.
  void set_serving(std::map<std::string, Serving> nodes, Serving others = {});

  /// Readable when take() has something; owned by this object.
  [[nodiscard]] int fd() const;

  /// What is new, without waiting. Asks for reviews of tokens.
  News take();

  /// As of the last take(), by name: nodes that were heard since this process leads.
  [[nodiscard]] const std::map<std::string, NodeState>& nodes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::publish
