// gRPC's side of the publisher: calls come in, are judged by their certificates and tokens, and are carried. All of it
// happens on the loop's thread. All of gRPC's headers stay in server.cpp and server_credentials.cpp.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "controller/publish/outbox.h"
#include "controller/publish/publisher.h"
#include "controller/publish/roster.h"
#include "controller/publish/server_identity.h"

namespace sluice::control {
class Loop;
}

namespace sluice::publish {

/// What the calls of a server work with; outlives it, but for its posts to the loop.
struct Surroundings {
  std::shared_ptr<control::Loop> loop;
  Roster& roster;
  Outbox& outbox;
  ServerIdentities& identities;
  const PublisherOptions& options;
};

class Server {
 public:
  explicit Server(Surroundings around);
  /// stop() was called, or listen() has failed.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Starts the loop; from then on the roster is its alone. Returns the port. Once.
  std::expected<int, std::string> listen();

  /// Other authorities are taken now: streams under certificates that are not end after timing.distrust. Any thread.
  void judge_again();

  /// Ends all calls, and the loop. Called by another thread than the loop's.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::publish
