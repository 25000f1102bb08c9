#include "userspace/agent/member.h"

#include <fmt/format.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "controller/lease/node_lease.h"
#include "controller/source/kubernetes/in_cluster.h"
#include "controller/source/kubernetes/kubeconfig.h"
#include "sluice/control_environment.h"
#include "userspace/agent/host.h"
#include "userspace/l4/datapath.h"
#include "userspace/process/exposition.h"
#include "userspace/process/log.h"
#include "userspace/subscribe/subscriber.h"

namespace sluice::agent {
namespace {

namespace asio = boost::asio;
using process::log;
using process::LogLevel;

/// How often it is looked whether the controller is there, and whether what the node holds is what its Lease says: the
/// kernel and neighbours change it, too.
constexpr std::chrono::milliseconds kLookPeriod{500};
/// For the API server's word that the Lease is given up; it runs out by itself soon after.
constexpr std::chrono::milliseconds kReleaseTimeout{2'000};

int fail(std::string_view message, const std::string& reason) {
  log(LogLevel::error, message, {{"reason", reason}});
  return 1;
}

std::expected<kubernetes::Cluster, std::string> find_cluster(const MemberOptions& options) {
  const auto found = options.kubeconfig.empty() ? kubernetes::in_cluster(kubernetes::pod_surroundings())
                                                : kubernetes::read_kubeconfig(options.kubeconfig);
  if (!found) return std::unexpected(source::to_string(found.error()));
  return *found;
}

/// The controller on one side, the node on the other.
class Member {
 public:
  explicit Member(const Options& options)
      : options_(options),
        host_(options, {.status = [] { return no_status(); },
                        .metrics = [this] { return metrics(); },
                        .refused_changed = [this] { tell_applied(); },
                        .stopping = [this] { stopping(); }}) {}

  int run();

 private:
  static std::expected<std::string, std::string> no_status() {
    return std::unexpected("this node is of a cluster; its objects and their status are with the API server (kubectl)");
  }
  void restore();
  void subscribe();
  void hold_lease(const kubernetes::Cluster& cluster);
  void wait_for_news();
  void take_news();
  void apply(model::v1::Delta transaction);
  void tell_applied();
  void wait_for_lease();
  void note_lease();
  void look_again_and_again();
  void look();
  [[nodiscard]] lease::Holdings holdings() const;
  void stopping();
  [[nodiscard]] std::string metrics() const;

  const Options& options_;
  Host host_;
  std::optional<subscribe::Subscriber> subscriber_;
  std::optional<lease::Lease> lease_;
  asio::posix::stream_descriptor news_{host_.context()};           ///< the subscriber's descriptor, borrowed
  asio::posix::stream_descriptor lease_changes_{host_.context()};  ///< the Lease's, borrowed
  asio::steady_timer timer_{host_.context()};
  lease::Holdings told_;       ///< what the Lease says
  bool is_alive_ = false;      ///< by its Lease, which others see renewed
  std::string lease_problem_;  ///< the last one that was logged
};

/// What was in force when this node last ran: it serves it until the controller says otherwise.
void Member::restore() {
  const auto saved = host_.saved_model();
  if (!saved) {
    log(LogLevel::error, "no last good model", {{"reason", saved.error()}});
    return;
  }
  if (!*saved) return;
  log(LogLevel::info, "serving the last good model until the controller says otherwise",
      {{"resources", std::to_string((*saved)->resources_size())}});
  host_.restore(**saved);
}

void Member::subscribe() {
  const auto& member = options_.member;
  subscriber_.emplace(subscribe::SubscriberOptions{.controller = member.controller,
                                                   .server_name = {},
                                                   .node = options_.node,
                                                   .ca_file = member.ca,
                                                   .token_file = member.token});
  news_.assign(subscriber_->fd());
  wait_for_news();
}

void Member::wait_for_news() {
  news_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    take_news();
    wait_for_news();
  });
}

void Member::take_news() {
  auto news = subscriber_->take();
  for (const auto& trouble : news.troubles) {
    if (trouble.what.empty()) {
      log(LogLevel::info, "over", {{"subject", trouble.subject}});
    } else {
      log(LogLevel::warn, "trouble", {{"subject", trouble.subject}, {"reason", trouble.what}});
    }
  }
  if (news.asks_what_is_held) subscriber_->hold(host_.node().compiled(), host_.node().refused());
  if (news.transaction) apply(*std::move(news.transaction));
}

void Member::apply(model::v1::Delta transaction) {
  const auto applied = host_.apply(std::move(transaction));
  if (!applied) {
    log(LogLevel::warn, "transaction not for what is in force", {{"reason", applied.error()}});
    subscriber_->hold(host_.node().compiled(), host_.node().refused());
    return;
  }
  host_.counts().reloaded(Reload::kApplied);
  tell_applied();
}

/// Of the generation in force, whatever made it.
void Member::tell_applied() {
  if (subscriber_) subscriber_->applied(host_.node().in_force().generation(), host_.node().refused());
}

void Member::hold_lease(const kubernetes::Cluster& cluster) {
  auto options = lease::node_lease_options(options_.member.lease_namespace, options_.node, lease::new_identity());
  options.renewed = [&node = host_.node()] { node.lease_renewed(); };
  lease_.emplace(cluster, std::move(options));
  lease_changes_.assign(lease_->fd());
  wait_for_lease();
}

void Member::wait_for_lease() {
  lease_changes_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    note_lease();
    wait_for_lease();
  });
}

void Member::note_lease() {
  const auto state = lease_->take();
  is_alive_ = state.is_renewed;
  if (state.problem == lease_problem_) return;
  lease_problem_ = state.problem;
  if (state.problem.empty()) {
    log(LogLevel::info, "Lease of this node is renewed");
  } else {
    log(LogLevel::warn, "Lease of this node not renewed", {{"reason", state.problem}});
  }
}

lease::Holdings Member::holdings() const {
  const auto vips = host_.node().held_vips();
  const auto sources = host_.node().sources();
  return {{vips.begin(), vips.end()}, {sources.begin(), sources.end()}};
}

void Member::look() {
  if (!lease_) return;
  note_lease();
  // A node that is known to live and has what the controller has for it knows who has which address. Any other keeps
  // what it has until another host claims it: without the API server nobody can be given it.
  const bool is_current = subscriber_->connection().is_current;
  host_.node().set_known(is_current);
  host_.node().set_current(is_alive_ && is_current);
  if (auto held = holdings(); held != told_) {
    told_ = std::move(held);
    lease_->annotate(lease::to_annotations(told_));
  }
}

void Member::look_again_and_again() {
  look();
  timer_.expires_after(kLookPeriod);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) look_again_and_again();
  });
}

/// A node that gives its addresses up says so before it drains: another one takes them at once, not after 5 s.
void Member::stopping() {
  if (!options_.release_vips || !lease_) return;
  lease_changes_.release();
  if (!lease_->release(kReleaseTimeout)) log(LogLevel::warn, "Lease of this node not given up; it runs out by itself");
  lease_.reset();
}

std::string Member::metrics() const {
  if (!subscriber_) return "";
  const auto connection = subscriber_->connection();
  process::Exposition out;
  out.family("sluice_controller_connected", "gauge", "Whether the stream from sluice-controller is up.");
  out.sample("sluice_controller_connected", {}, std::uint64_t{connection.connected});
  out.family("sluice_controller_connections_total", "counter", "Streams that were begun.");
  out.sample("sluice_controller_connections_total", {}, connection.connections);
  out.family("sluice_controller_epoch", "gauge", "Times that the leader's Lease had changed hands when it took it.");
  out.sample("sluice_controller_epoch", {}, connection.transitions);
  out.family("sluice_controller_certificate_expiry_timestamp_seconds", "gauge",
             "When this node's certificate expires, in seconds since 1970; 0: there is none.");
  out.sample(
      "sluice_controller_certificate_expiry_timestamp_seconds", {},
      std::uint64_t(
          std::chrono::duration_cast<std::chrono::seconds>(connection.certificate_expires.time_since_epoch()).count()));
  return out.take();
}

int Member::run() {
  if (auto prepared = host_.prepare(); !prepared) return fail("cannot start", prepared.error());
  const auto cluster = find_cluster(options_.member);
  if (!cluster) return fail("cannot start", cluster.error());
  control::set_grpc_environment();
  if (auto started = host_.start(); !started) return fail("cannot start", started.error());
  host_.node().set_lease(std::chrono::duration_cast<std::chrono::seconds>(lease::kNodeTerms.duration));
  host_.node().on_rival([](const l4::RivalClaim& claim) {
    log(LogLevel::warn,
        claim.is_given_up ? "another host has claimed an address; it is given up here"
                          : "another host claims an address of this node; it is announced again",
        {{"address", claim.address}, {"claimed by", claim.mac}, {"device", claim.device}});
  });
  restore();
  subscribe();
  hold_lease(*cluster);
  look_again_and_again();
  host_.run();
  if (news_.is_open()) news_.release();
  if (lease_changes_.is_open()) lease_changes_.release();
  return 0;
}

}  // namespace

int run_member(const Options& options) {
  return Member(options).run();
}

}  // namespace sluice::agent
