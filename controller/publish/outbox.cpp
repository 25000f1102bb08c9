#include "controller/publish/outbox.h"

#include <utility>

namespace sluice::publish {

void Outbox::state(const std::string& node, std::optional<NodeState> state) {
  const std::scoped_lock lock(mutex_);
  taken_.states[node] = std::move(state);
  wake_.call();
}

void Outbox::trouble(const std::string& subject, const std::string& what) {
  const std::scoped_lock lock(mutex_);
  if (troubles_.say(subject, what)) wake_.call();
}

void Outbox::review(Review review) {
  const std::scoped_lock lock(mutex_);
  taken_.reviews.push_back(std::move(review));
  wake_.call();
}

Outbox::Taken Outbox::take() {
  const std::scoped_lock lock(mutex_);
  wake_.clear();
  taken_.troubles = troubles_.take();
  return std::exchange(taken_, {});
}

}  // namespace sluice::publish
