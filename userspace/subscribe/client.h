// Enrols, connects, follows redirects, comes back: the life of a node towards its controllers. All of it happens on the
// loop's thread. gRPC's own headers stay in
// calls.cpp.
#pragma once

#include <memory>

#include "userspace/subscribe/conversation.h"
#include "userspace/subscribe/outbox.h"
#include "userspace/subscribe/subscriber.h"

namespace sluice::subscribe {

/// Any thread, but for the destructor: after stop().
class Client {
 public:
  /// Begins. The outbox outlives it.
  Client(const SubscriberOptions& options, Outbox& outbox);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void hold(std::uint64_t number, model::Snapshot held);
  void applied(Answer answer);
  /// The owner's loop has answered.
  void beat();
  [[nodiscard]] Connection connection() const;

  /// Ends the stream and the loop.
  void stop();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::subscribe
