#include "controller/publish/outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace sluice::publish {

Outbox::Outbox() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Outbox::~Outbox() {
  if (event_ >= 0) close(event_);
}

void Outbox::wake() {
  if (std::exchange(is_awake_, true)) return;
  eventfd_write(event_, 1);
}

void Outbox::state(const std::string& node, std::optional<NodeState> state) {
  const std::scoped_lock lock(mutex_);
  taken_.states[node] = std::move(state);
  wake();
}

void Outbox::trouble(const std::string& subject, const std::string& what) {
  const std::scoped_lock lock(mutex_);
  const auto told = told_.find(subject);
  if (told == told_.end() ? what.empty() : told->second == what) {
    taken_.troubles.erase(subject);
    return;
  }
  taken_.troubles[subject] = what;
  wake();
}

void Outbox::review(Review review) {
  const std::scoped_lock lock(mutex_);
  taken_.reviews.push_back(std::move(review));
  wake();
}

Outbox::Taken Outbox::take() {
  const std::scoped_lock lock(mutex_);
  eventfd_t ignored = 0;
  eventfd_read(event_, &ignored);
  is_awake_ = false;
  for (const auto& [subject, what] : taken_.troubles) {
    if (what.empty()) {
      told_.erase(subject);
    } else {
      told_[subject] = what;
    }
  }
  return std::exchange(taken_, {});
}

}  // namespace sluice::publish
