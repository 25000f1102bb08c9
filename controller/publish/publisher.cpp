#include "controller/publish/publisher.h"

#include <optional>
#include <utility>

#include "controller/publish/outbox.h"
#include "controller/publish/roster.h"
#include "controller/publish/server.h"
#include "sluice/control_environment.h"
#include "sluice/control_loop.h"

namespace sluice::publish {

struct Publisher::State {
  State(PublisherOptions given, ReviewToken hook)
      : options(std::move(given)),
        review(std::move(hook)),
        identities(options.names),
        roster(
            options.timing,
            [this](const std::string& node, std::optional<NodeState> state) { outbox.state(node, std::move(state)); },
            [this](const std::string& node, const std::string& what) { outbox.trouble("node " + node, what); }) {}

  /// On the roster's thread: the owner's before the first serve(), the loop's from then on.
  template <class F>
  void do_on_roster(F&& task) {
    if (server) {
      loop->post(std::forward<F>(task));
    } else {
      task();
    }
  }

  const PublisherOptions options;
  const ReviewToken review;
  Outbox outbox;
  ServerIdentities identities;
  Roster roster;
  std::shared_ptr<control::Loop> loop = std::make_shared<control::Loop>();
  std::unique_ptr<Server> server;  ///< where it listens
  int port = 0;
  std::map<std::string, NodeState> nodes;
};

Publisher::Publisher(PublisherOptions options, ReviewToken review) {
  control::set_grpc_environment();
  state_ = std::make_unique<State>(std::move(options), std::move(review));
}

Publisher::~Publisher() {
  if (state_->server) state_->server->stop();
}

std::expected<void, std::string> Publisher::serve(Authority authority, std::vector<Authority> also) {
  State& state = *state_;
  auto used = state.identities.use(std::move(authority), std::move(also), Authority::Time::clock::now());
  if (used && state.server) state.server->judge_again();
  if (!used || state.server) return used;
  auto server =
      std::make_unique<Server>(Surroundings{state.loop, state.roster, state.outbox, state.identities, state.options});
  const auto port = server->listen();
  if (!port) return std::unexpected(port.error());
  state.port = *port;
  state.server = std::move(server);
  return {};
}

int Publisher::port() const {
  return state_->port;
}

void Publisher::lead(std::uint64_t transitions) {
  state_->do_on_roster([&roster = state_->roster, transitions] { roster.lead(transitions); });
}

void Publisher::follow(std::string leader_address) {
  state_->do_on_roster([&roster = state_->roster, leader = std::move(leader_address)] { roster.follow(leader); });
}

void Publisher::publish(model::v1::Delta delta) {
  // std::function takes what can be copied alone.
  auto shared = std::make_shared<model::v1::Delta>(std::move(delta));
  state_->do_on_roster([&roster = state_->roster, shared = std::move(shared)] { roster.publish(*shared); });
}

void Publisher::set_serving(std::map<std::string, Serving> nodes, Serving others) {
  state_->do_on_roster([&roster = state_->roster, nodes = std::move(nodes), others = std::move(others)]() mutable {
    roster.set_serving(std::move(nodes), std::move(others));
  });
}

int Publisher::fd() const {
  return state_->outbox.fd();
}

News Publisher::take() {
  auto taken = state_->outbox.take();
  News news;
  for (auto& [node, state] : taken.states) {
    news.changed.push_back(node);
    if (state) {
      state_->nodes[node] = *std::move(state);
    } else {
      state_->nodes.erase(node);
    }
  }
  news.troubles = std::move(taken.troubles);
  for (auto& review : taken.reviews) state_->review(std::move(review.token), std::move(review.answered));
  return news;
}

const std::map<std::string, NodeState>& Publisher::nodes() const {
  return state_->nodes;
}

}  // namespace sluice::publish
