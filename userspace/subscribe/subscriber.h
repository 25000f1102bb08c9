// The node's end of the control stream: enrols with the controller, follows its leader, and hands model deltas to the
// owner's loop as whole transactions (docs/concepts/control-stream.md; the messages: sluice/control.proto).
//
//   Subscriber subscriber({.controller = "sluice-controller.sluice-system.svc:8443", ...});
//   // each time that subscriber.fd() is readable:
//   auto news = subscriber.take();
//   if (news.asks_what_is_held) subscriber.hold(node.compiled(), node.refused());
//   if (news.transaction) {
//     const auto generation = news.transaction->generation();
//     if (const auto applied = node.apply(*std::move(news.transaction))) {
//       subscriber.applied(generation, applied->refused);
//     } else {
//       // It was not made for what is in force: the controller makes another.
//       subscriber.hold(node.compiled(), node.refused());
//     }
//   }
//
// A thread of its own, on which all of gRPC happens, and an eventfd towards the owner's loop. The controller gone: the
// node keeps what it has, and this object tries again with jittered backoff for as long as it lives.
//
// Live means that the owner's loop answers: about each second fd() becomes readable, and take() is what lets the
// heartbeat go. A node whose loop hangs is not live after 5 s, whatever its threads do.
//
// To be made early in main(), before threads that read the environment (getaddrinfo does): it sets gRPC's variables
// (sluice/control_environment.h). Nothing of gRPC runs before.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sluice/model.pb.h"
#include "sluice/trouble.h"
#include "userspace/model/store.h"

namespace sluice::subscribe {

struct SubscriberTiming {
  using Milliseconds = std::chrono::milliseconds;
  Milliseconds heartbeat{1'000};
  Milliseconds silence{5'000};  ///< a controller that was not heard for so long is left
  /// For connecting and Hello's answer. Short, for a Service goes on naming a pod that is gone with its host until
  /// Kubernetes notices: some 40 s in which each second try meets nobody. Who was not answered has twice the time the
  /// next time, up to 5 s.
  Milliseconds connect{2'000};
  Milliseconds enrol{8'000};  ///< for Enroll, which asks the API server, too
  Milliseconds backoff_first{100}, backoff_most{5'000};
  Milliseconds look{10'000};  ///< so often the CA file is read for whether it still holds our certificate's authority
  /// A leader that was not heard for so long leads no more (the Lease's 15 s are long over): who comes with a lower
  /// epoch then is taken, so that a cluster restored from a backup gets its nodes back.
  Milliseconds epoch{60'000};
};

struct SubscriberOptions {
  std::string controller;   ///< HOST:PORT of the Service
  std::string server_name;  ///< whom the controller's certificate must name; empty: the host of `controller`
  std::string node;         ///< name of the Kubernetes Node
  std::string ca_file;      ///< PEM: whom to trust as controller. Read again at each connection
  std::string token_file;   ///< projected ServiceAccount token, audience sluice-controller. Read at each enrolment
  std::size_t transaction_bytes = std::size_t{1} << 30;  ///< a longer one is refused, and the stream left
  SubscriberTiming timing = {};
};

struct News {
  /// Answer with hold(). A transaction that comes later was made for the answer.
  bool asks_what_is_held = false;
  /// Whole. Its base is the generation that hold() told, or that of the transaction before. Answer with applied(), or
  /// with hold() if it cannot be applied.
  std::optional<model::v1::Delta> transaction;
  std::vector<Trouble> troubles;  ///< for the log: "controller", "enrolment"
};

/// How it stands with the controller.
struct Connection {
  bool connected = false;
  bool is_current = false;        ///< connected, and since then in force what the controller had for this node
  std::string controller;         ///< address of the leader, where connected
  std::uint64_t transitions = 0;  ///< its epoch: leaseTransitions ...
  std::uint64_t sequence = 0;     ///< ... and what it published since
  std::chrono::system_clock::time_point certificate_expires{};  ///< of ours; epoch 0: there is none
  std::uint64_t connections = 0;                                ///< streams that were begun so far
};

/// All functions but connection() belong to one thread, the owner's.
class Subscriber {
 public:
  /// Begins at once.
  explicit Subscriber(SubscriberOptions options);
  /// Ends the stream and the thread.
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  /// Readable when take() has something, and about each second while connected; owned by this object.
  [[nodiscard]] int fd() const;

  /// What is new, without waiting; lets the heartbeat go.
  News take();

  /// What is in force, as compiled, but for the refused resources (all that are not, by name, with reasons): of a model
  /// that was restored after a start, too. When asked, or when a transaction could not be applied.
  void hold(model::Snapshot compiled, std::map<std::string, std::string> refused);

  /// The transaction of that generation is in force but for these resources (all that are not, by name, with reasons).
  /// Again, with the generation in force, whenever what is refused changes.
  void applied(std::uint64_t generation, std::map<std::string, std::string> refused);

  /// Any thread.
  [[nodiscard]] Connection connection() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::subscribe
