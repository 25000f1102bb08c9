#include "controller/source/kubernetes/outbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace sluice::kubernetes {

Outbox::Outbox() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Outbox::~Outbox() {
  if (event_ >= 0) close(event_);
}

void Outbox::wake(bool for_changes) {
  if (is_awake_ || (for_changes && !synced_)) return;
  is_awake_ = true;
  eventfd_write(event_, 1);
}

template <class T>
void Outbox::put_latest(LatestOf<T>& all, const api::ObjectRef& ref, T value, bool is_new) {
  all.try_emplace(ref, Latest<T>{std::nullopt, is_new}).first->second.value = std::move(value);
}

template <class T>
void Outbox::remove_latest(LatestOf<T>& all, const api::ObjectRef& ref) {
  const auto latest = all.try_emplace(ref, Latest<T>{std::nullopt, false}).first;
  if (latest->second.is_new) {
    all.erase(latest);  // it came and went unseen
  } else {
    latest->second.value.reset();
  }
}

void Outbox::put(const api::ObjectRef& ref, api::AnyObject object, bool is_new) {
  const std::scoped_lock lock(mutex_);
  put_latest(changes_, ref, std::move(object), is_new);
  wake(true);
}

void Outbox::put_record(const api::ObjectRef& ref, std::shared_ptr<const StatusRecord> record, bool is_new) {
  const std::scoped_lock lock(mutex_);
  put_latest(records_, ref, std::move(record), is_new);
  wake(true);
}

void Outbox::remove(const api::ObjectRef& ref) {
  const std::scoped_lock lock(mutex_);
  remove_latest(changes_, ref);
  wake(true);
}

void Outbox::remove_record(const api::ObjectRef& ref) {
  const std::scoped_lock lock(mutex_);
  remove_latest(records_, ref);
  wake(true);
}

void Outbox::trouble(const std::string& subject, std::string what) {
  const std::scoped_lock lock(mutex_);
  const auto known = standing_.find(subject);
  if (what.empty()) {
    if (known == standing_.end()) return;
    const bool is_told = known->second.is_told;
    standing_.erase(known);
    untold_.erase(subject);
    if (!is_told) return;
  } else {
    if (known != standing_.end() && known->second.what == what) return;
    standing_[subject].what = what;
  }
  untold_[subject] = std::move(what);
  wake();
}

std::vector<Trouble> Outbox::take_troubles() {
  std::vector<Trouble> out;
  for (auto& [subject, what] : std::exchange(untold_, {})) {
    if (const auto standing = standing_.find(subject); standing != standing_.end()) standing->second.is_told = true;
    out.push_back({subject, std::move(what)});
  }
  return out;
}

void Outbox::crds(Crds crds) {
  const std::scoped_lock lock(mutex_);
  crds_ = std::move(crds);
  wake(true);
}

void Outbox::served(std::map<std::string, Resource> by_kind) {
  const std::scoped_lock lock(mutex_);
  served_ = std::move(by_kind);
  wake(true);
}

void Outbox::synced() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(synced_, true)) return;
  wake();
}

void Outbox::answered(std::uint64_t want) {
  const std::scoped_lock lock(mutex_);
  if (answered_ >= want) return;
  answered_ = want;
  wake();
}

void Outbox::call(std::function<void()> done) {
  const std::scoped_lock lock(mutex_);
  calls_.push_back(std::move(done));
  wake();
}

Outbox::Taken Outbox::take() {
  Taken out;
  LatestOf<api::AnyObject> changes;
  LatestOf<std::shared_ptr<const StatusRecord>> records;
  {
    const std::scoped_lock lock(mutex_);
    eventfd_t ignored = 0;
    eventfd_read(event_, &ignored);
    is_awake_ = false;
    out.synced = synced_;
    out.answered = answered_;
    out.troubles = take_troubles();
    out.crds = std::exchange(crds_, std::nullopt);
    out.served = std::exchange(served_, std::nullopt);
    out.calls.swap(calls_);
    if (synced_) {
      changes.swap(changes_);
      records.swap(records_);
    }
  }
  for (auto& [ref, latest] : changes) out.changes.emplace_hint(out.changes.end(), ref, std::move(latest.value));
  for (auto& [ref, latest] : records) {
    out.records.emplace_hint(out.records.end(), ref, latest.value ? *std::move(latest.value) : nullptr);
  }
  return out;
}

}  // namespace sluice::kubernetes
