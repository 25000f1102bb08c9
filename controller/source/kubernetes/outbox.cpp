#include "controller/source/kubernetes/outbox.h"

#include <utility>

namespace sluice::kubernetes {

/// A change is nothing to wake the consumer for before the first world is whole.
void Outbox::changed() {
  if (synced_) wake_.call();
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
  changed();
}

void Outbox::put_record(const api::ObjectRef& ref, std::shared_ptr<const StatusRecord> record, bool is_new) {
  const std::scoped_lock lock(mutex_);
  put_latest(records_, ref, std::move(record), is_new);
  changed();
}

void Outbox::remove(const api::ObjectRef& ref) {
  const std::scoped_lock lock(mutex_);
  remove_latest(changes_, ref);
  changed();
}

void Outbox::remove_record(const api::ObjectRef& ref) {
  const std::scoped_lock lock(mutex_);
  remove_latest(records_, ref);
  changed();
}

void Outbox::trouble(const std::string& subject, const std::string& what) {
  const std::scoped_lock lock(mutex_);
  if (troubles_.say(subject, what)) wake_.call();
}

void Outbox::crds(Crds crds) {
  const std::scoped_lock lock(mutex_);
  crds_ = std::move(crds);
  changed();
}

void Outbox::served(std::map<std::string, Resource> by_kind) {
  const std::scoped_lock lock(mutex_);
  served_ = std::move(by_kind);
  changed();
}

void Outbox::synced() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(synced_, true)) return;
  wake_.call();
}

void Outbox::answered(std::uint64_t want) {
  const std::scoped_lock lock(mutex_);
  if (answered_ >= want) return;
  answered_ = want;
  wake_.call();
}

void Outbox::call(std::function<void()> done) {
  const std::scoped_lock lock(mutex_);
  calls_.push_back(std::move(done));
  wake_.call();
}

Outbox::Taken Outbox::take() {
  Taken out;
  LatestOf<api::AnyObject> changes;
  LatestOf<std::shared_ptr<const StatusRecord>> records;
  {
    const std::scoped_lock lock(mutex_);
    wake_.clear();
    out.synced = synced_;
    out.answered = answered_;
    out.troubles = troubles_.take();
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
