// The streams of all nodes, and how it stands with each node: who leads, what is published, who is live. Knows nothing
// of gRPC; time is told.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/publish/catalogue.h"
#include "controller/publish/publisher.h"
#include "controller/publish/session.h"
#include "controller/publish/view.h"

namespace sluice::publish {

/// What carries the messages of one session. Calls none of the Roster's functions from these, but from wake() next().
class Stream {
 public:
  virtual ~Stream() = default;
  /// There may be something to send.
  virtual void wake() = 0;
  /// The roster knows it no more; it is to end with that reason.
  virtual void end(const std::string& why) = 0;
};

/// One thread.
class Roster {
 public:
  using Clock = std::chrono::steady_clock;
  using WallClock = std::chrono::system_clock;
  /// nullopt: there is no entry for the node any more.
  using OnState = std::function<void(const std::string& node, std::optional<NodeState> state)>;
  /// Empty: the trouble is over.
  using OnTrouble = std::function<void(const std::string& node, const std::string& what)>;

  Roster(const PublisherTiming& timing, OnState on_state, OnTrouble on_trouble);

  void lead(std::uint64_t transitions);
  void follow(const std::string& leader);
  void publish(const model::v1::Delta& delta);
  void set_serving(std::map<std::string, Serving> nodes, Serving others);

  /// A stream under a node's certificate has begun; another one of that node is ended. expires: of the certificate.
  void open(Stream& stream, const std::string& node, WallClock::time_point expires, Clock::time_point now);
  /// It has ended; fine for one that is not known.
  void close(Stream& stream);
  /// Ends the stream where the node does not keep to the protocol.
  void receive(Stream& stream, control::v1::NodeMessage message, Clock::time_point now);
  /// nullopt: nothing now.
  std::optional<control::v1::ControllerMessage> next(Stream& stream);
  /// The stream is to be ended: there is nothing more to say.
  [[nodiscard]] bool is_over(Stream& stream) const;

  /// Called every few hundred milliseconds: heartbeats, and who is live.
  void tick(Clock::time_point now, WallClock::time_point wall);

 private:
  struct Open {
    std::unique_ptr<Session> session;
    Clock::time_point since;
    WallClock::time_point expires;
  };
  struct Known {
    NodeState state;
    Clock::time_point heard;
  };
  View& view_of(const std::string& node);
  [[nodiscard]] const Serving& serving_of(const std::string& node) const;
  std::unique_ptr<Session> new_session(const std::string& node);
  void end(Stream& stream, const std::string& why);
  void refresh(const Session& session, bool is_heard);
  void tell(const std::string& node, Known& known, NodeState state);
  void tick_stream(Stream& stream, const Open& open, Clock::time_point now, WallClock::time_point wall);
  void tick_known(Clock::time_point now);

  const PublisherTiming timing_;
  const OnState on_state_;
  const OnTrouble on_trouble_;
  Catalogue catalogue_;
  std::map<Serving, View> views_;
  std::map<std::string, Serving> serving_;
  Serving serving_of_others_;
  std::optional<control::v1::Epoch> epoch_;  ///< nullopt: another one leads
  std::uint64_t sequence_ = 0;
  std::string leader_;
  std::map<Stream*, Open> streams_;
  std::map<std::string, Stream*> stream_of_;
  std::map<std::string, Known> known_;
  Clock::time_point beat_{};
};

}  // namespace sluice::publish
