#include "userspace/subscribe/outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace sluice::subscribe {

Outbox::Outbox() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Outbox::~Outbox() {
  if (event_ >= 0) close(event_);
}

void Outbox::wake() {
  if (std::exchange(is_awake_, true)) return;
  eventfd_write(event_, 1);
}

void Outbox::ask_what_is_held() {
  const std::scoped_lock lock(mutex_);
  taken_.transaction.reset();
  taken_.asks_what_is_held = true;
  wake();
}

void Outbox::ask_for_beat() {
  const std::scoped_lock lock(mutex_);
  taken_.asks_for_beat = true;
  wake();
}

void Outbox::transaction(Transaction transaction) {
  const std::scoped_lock lock(mutex_);
  if (transaction.hello != hello_) return;
  taken_.transaction = std::move(transaction);
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

void Outbox::hello(std::uint64_t number) {
  const std::scoped_lock lock(mutex_);
  hello_ = number;
  taken_.transaction.reset();
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

}  // namespace sluice::subscribe
