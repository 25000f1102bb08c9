#include "userspace/subscribe/subscriber.h"

#include <utility>

#include "sluice/control_environment.h"
#include "userspace/subscribe/client.h"
#include "userspace/subscribe/outbox.h"

namespace sluice::subscribe {

struct Subscriber::State {
  explicit State(const SubscriberOptions& options) : client(options, outbox) {}

  Outbox outbox;
  Client client;
  std::uint64_t hello = 0;  ///< number of the last one; they grow over all streams
  Answer answer;            ///< what was told last, and which transaction that was
  std::optional<Answer> taken;
};

Subscriber::Subscriber(SubscriberOptions options) {
  control::set_grpc_environment();
  state_ = std::make_unique<State>(options);
}

Subscriber::~Subscriber() {
  state_->client.stop();
}

int Subscriber::fd() const {
  return state_->outbox.fd();
}

News Subscriber::take() {
  auto taken = state_->outbox.take();
  News news;
  news.asks_what_is_held = taken.asks_what_is_held;
  if (taken.asks_for_beat) state_->client.beat();
  if (taken.transaction) {
    auto& transaction = *taken.transaction;
    state_->taken = Answer{transaction.hello, transaction.number, transaction.delta.generation(), {}};
    news.transaction = std::move(transaction.delta);
  }
  news.troubles = std::move(taken.troubles);
  return news;
}

void Subscriber::hold(model::Snapshot compiled, std::map<std::string, std::string> refused) {
  State& state = *state_;
  state.taken.reset();
  state.answer = {++state.hello, 0, compiled.generation, std::move(refused)};
  state.outbox.hello(state.hello);
  state.client.hold(state.hello, std::move(compiled));
  state.client.applied(state.answer);
}

void Subscriber::applied(std::uint64_t generation, std::map<std::string, std::string> refused) {
  State& state = *state_;
  if (state.taken && state.taken->generation == generation) state.answer = *std::exchange(state.taken, std::nullopt);
  state.answer.generation = generation;
  state.answer.refused = std::move(refused);
  state.client.applied(state.answer);
}

Connection Subscriber::connection() const {
  return state_->client.connection();
}

}  // namespace sluice::subscribe
