// sluice-controller without its process: objects of a cluster in, a model to the nodes and statuses to the objects out.
//
//   source --objects--> address book --grants--> pipeline --delta--> publication --> publisher --> nodes
//                            ^                       |                                  |
//     node leases, statuses -+        statuses <-----+---------- acks, by progress <----+
//
// All of it on one thread, its io_context's; what waits for others (API server, gRPC, Leases) has threads of its own
// and an eventfd. Who follows does all but write and tell: its cache is warm when it leads.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <expected>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/daemon/address_book.h"
#include "controller/daemon/authority_keeper.h"
#include "controller/daemon/contents_wait.h"
#include "controller/daemon/options.h"
#include "controller/daemon/patience.h"
#include "controller/daemon/presence.h"
#include "controller/daemon/progress.h"
#include "controller/daemon/publication.h"
#include "controller/daemon/readable.h"
#include "controller/lease/lease.h"
#include "controller/pipeline/pipeline.h"
#include "controller/report/class_finalizer.h"
#include "controller/report/events.h"
#include "controller/report/status_writer.h"
#include "controller/source/kubernetes/kubernetes_source.h"

namespace sluice::daemon {

class Controller {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Begins at once.
  Controller(boost::asio::io_context& context, const kubernetes::Cluster& cluster, const Options& options,
             Journal journal);
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// Gives the Lease up, so that another replica leads at once. Blocks for at most that time.
  void resign(std::chrono::milliseconds timeout);

  /// Why it cannot go on, and has stopped the context; empty: it can.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  /// Error: what it waits for.
  [[nodiscard]] std::expected<void, std::string> ready() const;
  [[nodiscard]] std::string metrics() const;
  /// What has been published, sorted by name.
  [[nodiscard]] model::v1::Model model() const;
  /// `apiVersion: v1, kind: List`; error: why there is none.
  [[nodiscard]] std::expected<std::string, std::string> status() const;

 private:
  void on_source();
  void on_lease();
  void on_node_leases();
  void on_publisher();

  void heed(lease::LeaseState leadership);
  bool still_leads();
  void take_over();
  void note_trouble(const Trouble& trouble);
  void lead(std::int64_t transitions);
  void follow();
  void want_contents(const std::vector<api::ObjectRef>& changed);
  [[nodiscard]] bool waits_for_contents();
  void update();
  void publish(model::v1::Delta delta);
  void settle();
  void tell_pools();
  void run_writers();
  [[nodiscard]] bool is_complete() const;
  [[nodiscard]] std::set<std::string> connected() const;
  [[nodiscard]] std::optional<Hearing> hearing();
  void look_for_absent();
  [[nodiscard]] bool serves_otherwise();
  void tell(const std::string& subject, const std::string& what);
  void wake_at(boost::asio::steady_timer& timer, std::optional<Time> time, void (Controller::*act)());

  void serve(publish::Authority authority, std::vector<publish::Authority> also);
  void keep_authority();

  boost::asio::io_context& context_;
  const Options& options_;
  Journal journal_;
  attach::AttachOptions attach_options_;

  publish::Publisher publisher_;
  kubernetes::KubernetesSource source_;
  lease::Lease lease_;
  lease::NodeLeases node_leases_;
  AuthorityKeeper authority_;
  pipeline::Pipeline pipeline_;
  AddressBook book_;
  Publication publication_;
  Progress progress_;
  Patience patience_;
  Presence presence_;
  report::StatusWriter writer_;
  report::EventRecorder events_;
  report::ClassFinalizer finalizer_;

  std::string failure_;
  lease::LeaseState leadership_;
  std::optional<Time> held_since_;  ///< the Lease is ours
  std::set<std::string> behind_;    ///< watched resources whose watch is down
  lease::NodeLives lives_;
  bool leads_ = false;
  bool writes_ = false;  ///< leads, and has settled once since
  bool is_synced_ = false;
  bool is_published_ = false;
  std::set<api::ObjectRef> changed_;   ///< since the last update
  bool addresses_changed_ = true;      ///< something of what addresses are made from has, since the last update
  std::set<api::ObjectRef> contents_;  ///< wanted
  bool has_contents_ = false;
  ContentsWait contents_wait_;
  Serving serving_;                  ///< as of the last update of addresses
  ServingNodes who_;                 ///< told to the publisher
  std::set<std::string> shortages_;  ///< told

  boost::asio::steady_timer lease_timer_, authority_timer_, absence_timer_, contents_timer_, settle_timer_,
      writer_timer_;
  std::vector<std::unique_ptr<Readable>> readables_;
};

}  // namespace sluice::daemon
