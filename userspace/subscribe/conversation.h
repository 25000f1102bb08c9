// The node's end of one stream as a state machine: what the controller says goes in, what to say next comes out when
// the stream can take it. Knows nothing of gRPC and of time; epochs are judged before (epoch_guard.h).
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sluice/control.pb.h"
#include "userspace/model/store.h"
#include "userspace/subscribe/assembly.h"

namespace sluice::subscribe {

/// A transaction, and what to name when it is answered.
struct Transaction {
  std::uint64_t hello = 0;
  std::uint64_t number = 0;
  model::v1::Delta delta;
};

/// What is in force and what is not, as the owner tells it.
struct Answer {
  std::uint64_t hello = 0;
  std::uint64_t transaction = 0;
  std::uint64_t generation = 0;
  std::map<std::string, std::string> refused;
};

/// One thread.
class Conversation {
 public:
  using Refused = std::map<std::string, std::string>;
  struct Nothing {};
  struct Welcome {};  ///< what is held is to be told: hold()
  struct Redirect {
    std::string leader;
  };
  using Heard = std::variant<Nothing, Welcome, Redirect, Transaction>;

  Conversation(std::string node, std::size_t transaction_bytes)
      : node_(std::move(node)), assembly_(transaction_bytes) {}

  /// Error: the controller does not keep to the protocol; the stream is to be left.
  std::expected<Heard, std::string> receive(control::v1::ControllerMessage message);

  /// number: of this Hello, higher than any before.
  void hold(std::uint64_t number, model::Snapshot held);

  /// Ignored where another Hello has been said since.
  void applied(Answer answer);

  /// The owner's loop has answered.
  void beat() { is_beat_due_ = true; }

  /// What is to be sent now; nullopt: nothing.
  std::optional<control::v1::NodeMessage> next(const control::v1::Epoch& epoch);

  /// Hello has been said, or is about to be.
  [[nodiscard]] bool has_hello() const { return hello_ > 0; }

  /// Since that Hello the node has had all that there was for it: it was told so, or has a transaction in force.
  [[nodiscard]] bool is_current() const { return has_hello() && current_ == hello_; }

 private:
  std::expected<Heard, std::string> receive_part(const control::v1::Part& part);
  [[nodiscard]] control::v1::Hello hello() const;
  control::v1::Holding next_holding();
  control::v1::Ack next_ack(const control::v1::Epoch& epoch);

  const std::string node_;
  Assembly assembly_;
  bool is_welcome_ = false;
  std::uint64_t hello_ = 0;
  bool is_hello_due_ = false;
  model::Snapshot held_;                ///< until the first part that was made for it
  std::optional<std::size_t> holding_;  ///< asked: the first resource that is not told
  std::uint64_t transaction_ = 0;       ///< in force; 0: what was held
  std::optional<Refused> ack_;          ///< due: what is not told of it
  std::uint64_t ack_generation_ = 0;
  std::uint64_t current_ = 0;  ///< is_current(): since this Hello
  bool is_beat_due_ = false;
};

}  // namespace sluice::subscribe
