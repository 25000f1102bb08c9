// What the source's thread has for its consumer: changes, by object, the latest alone; and a descriptor that says that
// there is something.
//
// Coalesced by object and not queued: a consumer that is slow, or waits for a leader's lease for hours, costs the
// memory of the objects that differ, never of the events in between, and finds one change an object when it comes. An
// object that came and went unseen is not told at all. A mutex and an eventfd, because both sides are loops that wait
// for descriptors; the lock is held for map operations alone.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "controller/api/kinds.h"
#include "controller/source/kubernetes/crd.h"
#include "controller/source/kubernetes/resource_path.h"
#include "controller/source/kubernetes/status_record.h"
#include "sluice/trouble.h"
#include "sluice/wake.h"

namespace sluice::kubernetes {

/// Any thread. Nothing wakes the consumer for changes before synced(): half a world is nothing to act upon.
class Outbox {
 public:
  /// nullopt: the object is gone.
  using Changes = std::map<api::ObjectRef, std::optional<api::AnyObject>>;
  /// Null: the object is gone.
  using Records = std::map<api::ObjectRef, std::shared_ptr<const StatusRecord>>;

  // The source's side.
  /// is_new: the object was not there before.
  void put(const api::ObjectRef& ref, api::AnyObject object, bool is_new);
  void put_record(const api::ObjectRef& ref, std::shared_ptr<const StatusRecord> record, bool is_new);
  /// Of what was put.
  void remove(const api::ObjectRef& ref);
  void remove_record(const api::ObjectRef& ref);
  /// The latest of a subject; that it is over is told only to who was told of it.
  void trouble(const std::string& subject, const std::string& what);
  void crds(Crds crds);
  void served(std::map<std::string, Resource> by_kind);
  void synced();
  /// Every Secret and ConfigMap of the want of that number has been looked at.
  void answered(std::uint64_t want);
  /// Called by the consumer, in its thread.
  void call(std::function<void()> done);

  // The consumer's side.
  /// Readable when take() has something; owned by this object.
  [[nodiscard]] int fd() const { return wake_.fd(); }
  struct Taken {
    bool synced = false;
    std::uint64_t answered = 0;
    Changes changes;  ///< both empty until synced
    Records records;
    std::vector<Trouble> troubles;
    std::optional<Crds> crds;                               ///< where they changed
    std::optional<std::map<std::string, Resource>> served;  ///< where it changed
    std::vector<std::function<void()>> calls;
  };
  Taken take();

 private:
  template <class T>
  struct Latest {
    std::optional<T> value;
    bool is_new;  ///< the consumer has nothing of the object
  };
  template <class T>
  using LatestOf = std::map<api::ObjectRef, Latest<T>>;
  template <class T>
  static void put_latest(LatestOf<T>& all, const api::ObjectRef& ref, T value, bool is_new);
  template <class T>
  static void remove_latest(LatestOf<T>& all, const api::ObjectRef& ref);
  void changed();

  Wake wake_;
  std::mutex mutex_;  ///< guards all below
  bool synced_ = false;
  std::uint64_t answered_ = 0;
  LatestOf<api::AnyObject> changes_;
  LatestOf<std::shared_ptr<const StatusRecord>> records_;
  Troubles troubles_;
  std::optional<Crds> crds_;
  std::optional<std::map<std::string, Resource>> served_;
  std::vector<std::function<void()>> calls_;
};

}  // namespace sluice::kubernetes
