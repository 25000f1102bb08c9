#include "userspace/subscribe/outbox.h"

#include <utility>

namespace sluice::subscribe {

void Outbox::ask_what_is_held() {
  const std::scoped_lock lock(mutex_);
  taken_.transaction.reset();
  taken_.asks_what_is_held = true;
  wake_.call();
}

void Outbox::ask_for_beat() {
  const std::scoped_lock lock(mutex_);
  taken_.asks_for_beat = true;
  wake_.call();
}

void Outbox::transaction(Transaction transaction) {
  const std::scoped_lock lock(mutex_);
  if (transaction.hello != hello_) return;
  taken_.transaction = std::move(transaction);
  wake_.call();
}

void Outbox::trouble(const std::string& subject, const std::string& what) {
  const std::scoped_lock lock(mutex_);
  if (troubles_.say(subject, what)) wake_.call();
}

void Outbox::hello(std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  hello_ = number;
  taken_.transaction.reset();
}

Outbox::Taken Outbox::take() {
  const std::scoped_lock lock(mutex_);
  wake_.clear();
  taken_.troubles = troubles_.take();
  return std::exchange(taken_, {});
}

}  // namespace sluice::subscribe
