// An API server as a source of objects: beside the directory (controller/source/directory.h) it delivers the same
// ObjectSet and list of changes, and in addition what a writer of status needs, and a way to write.
//
//   KubernetesSource source(cluster);
//   // each time that source.fd() is readable:
//   const auto batch = source.take();
//   if (batch.is_synced) delta = pipeline.update(batch.objects, batch.changed);
//   source.want(referenced Secrets and ConfigMaps);  // act upon the world when batch.has_contents
//
// A thread of its own with one io_context, and an eventfd towards the owner's loop: reading JSON, TLS and a slow API
// server then never hold up what the owner's loop does (a lease to renew, nodes to answer), and the owner needs to know
// nothing of Asio. Changes are coalesced by object while the owner is busy (outbox.h).
//
// The API server gone: everything stays as it was, and is caught up with later. Objects of it carry no resourceVersion
// (record() has it), so that a status that is written is no change; Secrets and ConfigMaps alone do.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "controller/api/object_set.h"
#include "controller/source/kubernetes/api_request.h"
#include "controller/source/kubernetes/cluster.h"
#include "controller/source/kubernetes/crd.h"
#include "controller/source/kubernetes/metrics.h"
#include "controller/source/kubernetes/status_record.h"
#include "controller/source/kubernetes/timing.h"
#include "sluice/trouble.h"

namespace sluice::kubernetes {

struct Batch {
  /// As of now; never null, empty until is_synced. To be held and let go in the owner's thread (object_sets.h).
  std::shared_ptr<const api::ObjectSet> objects;
  std::vector<api::ObjectRef> changed;   ///< added, changed or removed since the last batch; sorted
  std::vector<api::ObjectRef> recorded;  ///< whose record() is another, or gone; sorted
  std::vector<Trouble> troubles;         ///< news of what does not work
  bool is_synced = false;                ///< every kind that is served has been listed once; stays so
  bool has_contents = false;  ///< each of the last want() has been read since, does not exist, or is forbidden to us
  bool has_new_crds = false;
};

/// All functions but metrics() belong to one thread, the owner's.
class KubernetesSource {
 public:
  explicit KubernetesSource(const Cluster& cluster, const Timing& timing = {});
  /// Ends the thread; answers that are not there yet never come.
  ~KubernetesSource();
  KubernetesSource(const KubernetesSource&) = delete;
  KubernetesSource& operator=(const KubernetesSource&) = delete;

  /// Readable when take() has something; owned by this object.
  [[nodiscard]] int fd() const;

  /// What is new, without waiting. Answers of send() are given from here.
  Batch take();

  [[nodiscard]] const std::shared_ptr<const api::ObjectSet>& objects() const;

  /// Of a kind of the Gateway API with a status; null where there is no such object.
  [[nodiscard]] std::shared_ptr<const StatusRecord> record(const api::ObjectRef& object) const;

  /// The Gateway API's CRDs, by name; empty where we may not see them.
  [[nodiscard]] const Crds& crds() const;

  /// Secrets and ConfigMaps whose contents belong into the objects, from now on these and no others: those that are
  /// referenced and granted. Of all others the source knows that they exist, no more.
  void want(std::set<api::ObjectRef> contents);

  /// Where an object of a kind of ObjectSet is served; nullopt: its kind is not.
  [[nodiscard]] std::optional<ResourcePath> path_of(const api::ObjectRef& object) const;

  /// Asks the API server; answered is called by take(). Requests wait for one of four connections; those of lists are
  /// others, so that a lease is not kept waiting by them.
  void send(ApiRequest request, OnAnswer answered);

  /// Any thread. Prometheus text.
  [[nodiscard]] std::string metrics() const;
  [[nodiscard]] Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::kubernetes
