#include "controller/publish/roster.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::publish {

Roster::Roster(const PublisherTiming& timing, OnState on_state, OnTrouble on_trouble)
    : timing_(timing), on_state_(std::move(on_state)), on_trouble_(std::move(on_trouble)) {}

const Serving& Roster::serving_of(const std::string& node) const {
  const auto found = serving_.find(node);
  return found != serving_.end() ? found->second : serving_of_others_;
}

View& Roster::view_of(const std::string& node) {
  const Serving& serving = serving_of(node);
  return views_.try_emplace(serving, serving, catalogue_).first->second;
}

std::unique_ptr<Session> Roster::new_session(const std::string& node) {
  if (epoch_) return std::make_unique<Session>(node, catalogue_, view_of(node));
  return std::make_unique<Session>(node, catalogue_, view_of(node), leader_);
}

void Roster::lead(std::uint64_t transitions) {
  epoch_.emplace();
  epoch_->set_transitions(transitions);
  epoch_->set_sequence(sequence_);
}

void Roster::follow(const std::string& leader) {
  epoch_.reset();
  leader_ = leader;
  for (const auto& [node, known] : std::exchange(known_, {})) on_state_(node, std::nullopt);
  for (auto& [stream, open] : streams_) {
    open.session = new_session(open.session->node());
    stream->wake();
  }
}

void Roster::publish(const model::v1::Delta& delta) {
  const auto changes = catalogue_.apply(delta);
  ++sequence_;
  if (epoch_) epoch_->set_sequence(sequence_);
  std::map<const View*, View::Names> touched;
  for (auto& [serving, view] : views_) touched[&view] = view.update(changes);
  View::Names sources;
  for (const auto& change : changes) {
    if (change.name.starts_with("source/")) sources.insert(change.name);
  }
  for (auto& [stream, open] : streams_) {
    Session& session = *open.session;
    const auto& names = touched[&session.view()];
    const auto source = sources.find("source/" + session.node());
    if (source == sources.end()) {
      session.changed(names);
    } else {
      auto with_source = names;
      with_source.insert(*source);
      session.changed(with_source);
    }
    refresh(session, false);
    stream->wake();
  }
}

void Roster::set_serving(std::map<std::string, Serving> nodes, Serving others) {
  serving_ = std::move(nodes);
  serving_of_others_ = std::move(others);
  std::set<const View*> used;
  for (auto& [stream, open] : streams_) {
    View& view = view_of(open.session->node());
    used.insert(&view);
    if (&view == &open.session->view()) continue;
    open.session->set_view(view);
    refresh(*open.session, false);
    stream->wake();
  }
  std::erase_if(views_, [&](const auto& view) { return !used.contains(&view.second); });
}

void Roster::open(Stream& stream, const std::string& node, WallClock::time_point expires, Clock::time_point now) {
  if (const auto other = stream_of_.find(node); other != stream_of_.end()) {
    end(*other->second, "another stream of this node has begun");
  }
  streams_[&stream] = {new_session(node), now, expires};
  stream_of_[node] = &stream;
  stream.wake();
}

void Roster::close(Stream& stream) {
  const auto found = streams_.find(&stream);
  if (found == streams_.end()) return;
  stream_of_.erase(found->second.session->node());
  streams_.erase(found);
}

void Roster::end(Stream& stream, const std::string& why) {
  const auto found = streams_.find(&stream);
  if (found == streams_.end()) return;
  on_trouble_(found->second.session->node(), why);
  close(stream);
  stream.end(why);
}

void Roster::receive(Stream& stream, control::v1::NodeMessage message, Clock::time_point now) {
  const auto found = streams_.find(&stream);
  if (found == streams_.end()) return;
  Session& session = *found->second.session;
  const bool is_hello = message.has_hello();
  if (const auto taken = session.receive(std::move(message)); !taken) {
    end(stream, taken.error());
    return;
  }
  if (session.is_known()) {
    known_[session.node()].heard = now;
    refresh(session, true);
    if (is_hello) on_trouble_(session.node(), "");
  }
  stream.wake();
}

/// A session that has heard no Hello says nothing about its node: what is known of it from before stays. So does what
/// the node refuses until it has answered.
void Roster::refresh(const Session& session, bool is_heard) {
  if (!session.is_known()) return;
  const auto known = known_.find(session.node());
  if (known == known_.end()) return;
  const bool is_live = is_heard || known->second.state.live;
  NodeState state = known->second.state;
  state.live = is_live;
  if (!session.is_to_answer()) state.generation = session.generation();
  if (session.has_answered()) state.refused = session.refused();
  tell(session.node(), known->second, std::move(state));
}

void Roster::tell(const std::string& node, Known& known, NodeState state) {
  if (known.state == state) return;
  known.state = std::move(state);
  on_state_(node, known.state);
}

std::optional<control::v1::ControllerMessage> Roster::next(Stream& stream) {
  const auto found = streams_.find(&stream);
  if (found == streams_.end()) return std::nullopt;
  return found->second.session->next(epoch_.value_or(control::v1::Epoch()));
}

bool Roster::is_over(Stream& stream) const {
  const auto found = streams_.find(&stream);
  return found != streams_.end() && found->second.session->is_over();
}

void Roster::tick(Clock::time_point now, WallClock::time_point wall) {
  const bool is_beat = now - beat_ >= timing_.heartbeat;
  if (is_beat) beat_ = now;
  std::vector<Stream*> streams;
  streams.reserve(streams_.size());
  for (const auto& [stream, open] : streams_) streams.push_back(stream);
  for (auto* stream : streams) {
    const auto found = streams_.find(stream);
    if (found == streams_.end()) continue;
    if (is_beat) {
      found->second.session->beat();
      stream->wake();
    }
    tick_stream(*stream, found->second, now, wall);
  }
  tick_known(now);
}

void Roster::tick_stream(Stream& stream, const Open& open, Clock::time_point now, WallClock::time_point wall) {
  const std::string& node = open.session->node();
  if (wall >= open.expires) {
    end(stream, "the certificate has expired");
  } else if (!open.session->is_known()) {
    if (now - open.since >= timing_.first_message) end(stream, "no Hello has come");
  } else if (now - std::max(known_[node].heard, open.since) >= timing_.silence) {
    end(stream, "nothing was heard for too long");
  }
}

void Roster::tick_known(Clock::time_point now) {
  for (auto at = known_.begin(); at != known_.end();) {
    auto& [node, known] = *at;
    if (known.state.live && now - known.heard >= timing_.live) {
      NodeState state = known.state;
      state.live = false;
      tell(node, known, std::move(state));
    }
    if (now - known.heard >= timing_.forget) {
      on_state_(node, std::nullopt);
      at = known_.erase(at);
    } else {
      ++at;
    }
  }
}

}  // namespace sluice::publish
