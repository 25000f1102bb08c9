// One node's stream as a state machine: what the node says goes in, what to say next comes out when the stream can take
// it. Nothing is queued: the names in which the node differs are a set, and of them a transaction is made when the one
// before is acknowledged. Knows nothing of gRPC and of time.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/publish/catalogue.h"
#include "controller/publish/outgoing.h"
#include "controller/publish/view.h"
#include "sluice/control.pb.h"

namespace sluice::publish {

/// One thread. Catalogue and view outlive it.
class Session {
 public:
  using Names = std::set<std::string>;

  Session(std::string node, const Catalogue& catalogue, const View& view);
  /// A session that sends the node elsewhere and is over.
  Session(std::string node, const Catalogue& catalogue, const View& view, std::string leader);

  /// Error: the node does not keep to the protocol; its stream is to be ended.
  std::expected<void, std::string> receive(control::v1::NodeMessage message);

  /// The catalogue and the view have changed in these names.
  void changed(const Names& names);

  /// The node is to have another view from now on.
  void set_view(const View& view);

  /// A heartbeat is due.
  void beat() { is_beat_due_ = true; }
  /// The node has all that there is for it.
  [[nodiscard]] bool is_current() const { return stage_ == Stage::kEqual && lacking_.empty() && !is_under_way_; }

  /// What is to be sent now; nullopt: nothing, or it is over.
  std::optional<control::v1::ControllerMessage> next(const control::v1::Epoch& epoch);

  /// All that was to be said is said: after a redirect.
  [[nodiscard]] bool is_over() const { return is_over_; }

  [[nodiscard]] const std::string& node() const { return node_; }
  [[nodiscard]] const View& view() const { return *view_; }
  /// It said Hello.
  [[nodiscard]] bool is_known() const { return stage_ != Stage::kNew; }
  [[nodiscard]] bool has_answered() const { return has_answered_; }
  /// It holds what it is to hold, and has not said yet what of that it refuses.
  [[nodiscard]] bool is_to_answer() const { return stage_ == Stage::kEqual && !has_answered_; }
  /// As NodeState has it.
  [[nodiscard]] std::uint64_t generation() const { return stage_ == Stage::kEqual && has_answered_ ? acked_ : 0; }
  [[nodiscard]] const std::map<std::string, std::string>& refused() const { return refused_; }

 private:
  enum class Stage : std::uint8_t {
    kNew,    ///< no Hello yet
    kHello,  ///< Hello, but there is no model yet
    kAsked,  ///< it tells what it holds
    kEqual,  ///< the node differs in lacking_ and in what is under way, and in nothing else
  };
  std::expected<void, std::string> receive_hello(const control::v1::Hello& hello);
  std::expected<void, std::string> receive_holding(const control::v1::Holding& holding);
  std::expected<void, std::string> receive_ack(const control::v1::Ack& ack);
  void compare_digest();
  void compare_holding();
  void become_equal();
  void begin_transaction();
  [[nodiscard]] PublishedPtr target(std::string_view name) const;

  const std::string node_;
  const std::string source_;  ///< name of its NodeSource
  const Catalogue& catalogue_;
  const View* view_;
  const std::optional<std::string> leader_;
  bool is_over_ = false;

  Stage stage_ = Stage::kNew;
  std::uint64_t hello_ = 0;            ///< number of the last Hello
  std::uint64_t node_generation_ = 0;  ///< the base of the next delta
  std::string digest_;
  std::map<std::string, std::string> holding_;  ///< name -> hash, while asked
  std::size_t holding_bytes_ = 0;

  Names lacking_;
  std::optional<Outgoing> outgoing_;  ///< not sent whole yet
  bool is_under_way_ = false;         ///< a transaction is not acknowledged yet
  std::uint64_t transaction_ = 0;     ///< number of the last one
  std::uint64_t transaction_generation_ = 0;
  std::uint64_t covers_ = 0;  ///< the generation that the one under way brings the node to; 0: to none that is whole
  std::uint64_t acked_ = 0;

  std::map<std::string, std::string> refused_;
  std::map<std::string, std::string> refused_so_far_;  ///< of an Ack that is not whole
  bool has_answered_ = false;                          ///< by an Ack, to the last Hello

  bool is_welcome_due_ = true;
  bool is_ask_due_ = false;
  bool is_beat_due_ = false;
};

}  // namespace sluice::publish
