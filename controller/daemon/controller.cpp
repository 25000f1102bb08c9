#include "controller/daemon/controller.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <ctime>

#include "controller/attach/contents.h"
#include "controller/report/bundle_version.h"
#include "controller/source/kubernetes/watched_kind.h"

namespace sluice::daemon {
namespace {

using Clock = std::chrono::steady_clock;

/// RFC 3339, UTC, whole seconds.
std::string wall_time() {
  std::array<char, 32> text{};
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

/// Kinds that change often, and that no address depends on.
bool touches_addresses(const api::ObjectRef& ref) {
  static constexpr std::array kNot = {api::EndpointSlice::kKind,   api::Service::kKind,  api::HttpRoute::kKind,
                                      api::GrpcRoute::kKind,       api::TcpRoute::kKind, api::UdpRoute::kKind,
                                      api::TlsRoute::kKind,        api::Secret::kKind,   api::ConfigMap::kKind,
                                      api::BackendTlsPolicy::kKind};
  return std::ranges::find(kNot, ref.kind) == kNot.end();
}

/// Kinds that refer to Secrets and ConfigMaps, or permit it.
bool touches_contents(const api::ObjectRef& ref) {
  static constexpr std::array kThose = {api::Gateway::kKind, api::GatewayClass::kKind, api::ListenerSet::kKind,
                                        api::BackendTlsPolicy::kKind, api::ReferenceGrant::kKind};
  return std::ranges::find(kThose, ref.kind) != kThose.end();
}

publish::PublisherOptions publisher_options(const Options& options) {
  const std::string service = "sluice-controller." + options.namespace_;
  const std::string host = options.advertise.substr(0, options.advertise.rfind(':'));
  const bool in_brackets = host.starts_with("[");
  return {.listen = options.listen,
          .names = {"sluice-controller", service, service + ".svc", service + ".svc.cluster.local",
                    in_brackets ? host.substr(1, host.size() - 2) : host},
          .service_account = "system:serviceaccount:" + options.namespace_ + ":sluiced"};
}

lease::LeaseOptions lease_options(const Options& options) {
  return {.namespace_ = options.namespace_,
          .name = "sluice-controller",
          .identity = options.identity,
          .terms = options.terms,
          .labels = {},
          .annotations = {{std::string(lease::kAdvertiseAnnotation), options.advertise}}};
}

attach::AttachOptions attach_options() {
  return {.gateway_class = "", .default_addresses = {}, .grants = attach::Grants{}, .external_names = false};
}

}  // namespace

Controller::Controller(boost::asio::io_context& context, const kubernetes::Cluster& cluster, const Options& options,
                       Journal journal)
    : context_(context),
      options_(options),
      journal_(std::move(journal)),
      attach_options_(attach_options()),
      publisher_(publisher_options(options),
                 [this](const std::string& token, publish::OnReviewed answered) {
                   source_.send(review_request(token),
                                [answered = std::move(answered)](const kubernetes::ApiAnswer& answer) {
                                  answered(read_review(answer));
                                });
                 }),
      source_(cluster),
      lease_(cluster, lease_options(options)),
      node_leases_(cluster, options.namespace_),
      authority_(
          options.namespace_,
          {.send = [this](auto request, auto answered) { source_.send(std::move(request), std::move(answered)); },
           .serve = [this](auto authority, auto also) { serve(std::move(authority), std::move(also)); }},
          journal_),
      pipeline_(attach_options_, pipeline::StatusKeeper::kApiServer),
      book_(attach_options_),
      writer_(report::api_server_of(source_)),
      events_(report::api_server_of(source_), options.pod),
      finalizer_(report::api_server_of(source_)),
      lease_timer_(context),
      authority_timer_(context),
      absence_timer_(context),
      contents_timer_(context),
      settle_timer_(context),
      writer_timer_(context) {
  const auto on = [&](int fd, void (Controller::*act)()) {
    readables_.push_back(std::make_unique<Readable>(context, fd, [this, act] { (this->*act)(); }));
  };
  on(source_.fd(), &Controller::on_source);
  on(lease_.fd(), &Controller::on_lease);
  on(node_leases_.fd(), &Controller::on_node_leases);
  on(publisher_.fd(), &Controller::on_publisher);
}

void Controller::wake_at(boost::asio::steady_timer& timer, std::optional<Time> time, void (Controller::*act)()) {
  timer.cancel();
  if (!time) return;
  timer.expires_at(*time);
  timer.async_wait([this, act](boost::system::error_code moved) {
    if (!moved) (this->*act)();
  });
}

void Controller::tell(const std::string& subject, const std::string& what) {
  if (what.empty()) {
    journal_(Level::kInfo, "over", {{"subject", subject}});
  } else {
    journal_(Level::kWarn, "trouble", {{"subject", subject}, {"what", what}});
  }
}

/// Who cannot be reached by nodes must not lead.
void Controller::serve(publish::Authority authority, std::vector<publish::Authority> also) {
  const auto listening = publisher_.serve(std::move(authority), std::move(also));
  if (listening) return;
  failure_ = "nodes are not served: " + listening.error();
  context_.stop();
}

/// Of a Secret or ConfigMap that another's unreadable one keeps from being known to be read it is enough to have
/// waited: what is there already is not written over.
void Controller::keep_authority() {
  const auto now = Clock::now();
  const auto until = has_contents_ ? std::nullopt : contents_wait_.until(now);
  const auto next = authority_.look(*source_.objects(), !until, leads_, now, std::chrono::system_clock::now());
  wake_at(authority_timer_, std::min(next, until.value_or(next)), &Controller::keep_authority);
}

void Controller::on_source() {
  const auto batch = source_.take();
  std::ranges::for_each(batch.troubles, [this](const auto& trouble) { note_trouble(trouble); });
  const bool has_first = batch.is_synced && !is_synced_;  // CRDs that we may not see are a trouble, too
  if (batch.has_new_crds || has_first) pipeline_.set_version_trouble(report::version_trouble(source_.crds()));
  changed_.insert(batch.changed.begin(), batch.changed.end());
  addresses_changed_ = addresses_changed_ || std::ranges::any_of(batch.changed, touches_addresses) ||
                       (!leads_ && std::ranges::any_of(batch.recorded, touches_addresses));
  has_contents_ = batch.has_contents;
  if (has_contents_) contents_wait_.answered();
  if (!batch.is_synced) return take_over();
  want_contents(batch.changed);
  is_synced_ = true;
  keep_authority();
  if (!waits_for_contents()) update();
  take_over();
  writer_.recorded(batch.recorded);
  run_writers();
}

/// Troubles of objects, of CRDs and of discovery are none of a watch that the model is made from.
void Controller::note_trouble(const Trouble& trouble) {
  tell(trouble.subject, trouble.what);
  const auto kinds = kubernetes::watched_kinds();
  if (trouble.what.empty()) {
    behind_.erase(trouble.subject);
  } else if (std::ranges::find(kinds, trouble.subject, kubernetes::full_name) != kinds.end()) {
    behind_.insert(trouble.subject);
  }
}

void Controller::want_contents(const std::vector<api::ObjectRef>& changed) {
  if (is_synced_ && std::ranges::none_of(changed, touches_contents)) return;
  auto wanted = attach::contents_of(*source_.objects(), attach_options_);
  wanted.merge(authority_.contents());
  if (wanted == contents_) return;
  if (!std::ranges::includes(contents_, wanted)) contents_wait_.wanted(Clock::now());
  contents_ = std::move(wanted);
  source_.want(contents_);
  has_contents_ = false;
}

bool Controller::waits_for_contents() {
  const auto until = has_contents_ ? std::nullopt : contents_wait_.until(Clock::now());
  wake_at(contents_timer_, until, &Controller::update);
  return until.has_value();
}

void Controller::on_lease() {
  heed(lease_.take());
}

void Controller::heed(lease::LeaseState leadership) {
  const auto before = std::exchange(leadership_, std::move(leadership));
  if (leadership_.problem != before.problem) tell("lease sluice-controller", leadership_.problem);
  if (leadership_.holds) {
    if (leads_ && leadership_.transitions != before.transitions) return lead(leadership_.transitions);
    take_over();
    return;
  }
  held_since_.reset();
  if (leads_ || leadership_.holder != before.holder || leadership_.annotations != before.annotations) follow();
}

/// What a watch that is down has missed, the nodes have from the leader before us: it is caught up with first, or it
/// would be taken from them.
void Controller::take_over() {
  if (!leadership_.holds || leads_) return;
  if (!held_since_) {
    held_since_ = Clock::now();
    if (!behind_.empty()) journal_(Level::kWarn, "leads later: watches are down", {{"first", *behind_.begin()}});
  }
  const auto until = *held_since_ + options_.for_watches;
  if (behind_.empty() || Clock::now() >= until) return lead(leadership_.transitions);
  wake_at(lease_timer_, until, &Controller::on_lease);
}

/// A process that was stopped for a while may be called for something else before it hears that its time is over. What
/// is taken here is told nobody again.
bool Controller::still_leads() {
  if (!leads_) return false;
  auto leadership = lease_.take();
  if (leadership != leadership_) heed(std::move(leadership));
  return leads_;
}

void Controller::lead(std::int64_t transitions) {
  journal_(Level::kInfo, "leading", {{"identity", options_.identity}, {"transitions", std::to_string(transitions)}});
  leads_ = true;
  book_.lead(true);
  publisher_.lead(static_cast<std::uint64_t>(transitions));
  events_.lead(true);
  finalizer_.lead(true);
  patience_.lead(Clock::now());
  presence_.lead(Clock::now());
  presence_.heard(connected(), Clock::now());  // of an epoch before this one
  addresses_changed_ = true;
  if (!is_synced_) return;
  keep_authority();
  update();
}

void Controller::follow() {
  const std::string address = leadership_.annotation(lease::kAdvertiseAnnotation);
  journal_(Level::kInfo, "following", {{"leader", leadership_.holder}, {"address", address}});
  leads_ = false;
  writes_ = false;
  book_.lead(false);
  publisher_.follow(leadership_.holder.empty() || leadership_.holder == options_.identity ? "" : address);
  writer_.lead(false);
  events_.lead(false);
  finalizer_.lead(false);
  addresses_changed_ = true;
}

void Controller::on_node_leases() {
  const auto before = std::exchange(lives_, node_leases_.take());
  if (lives_.problem != before.problem) tell("leases of nodes", lives_.problem);
  for (const auto& [name, life] : lives_.nodes) {
    const auto known = before.nodes.find(name);
    const bool was_live = known != before.nodes.end() && known->second.is_live;
    if (life.is_live != was_live) {
      journal_(life.is_live ? Level::kInfo : Level::kWarn, life.is_live ? "node lives" : "node does not live",
               {{"node", name}});
    }
  }
  if (lives_.is_known == before.is_known && lives_.nodes == before.nodes) return;
  addresses_changed_ = true;
  update();
}

void Controller::on_publisher() {
  const auto before = publisher_.nodes();
  const auto news = publisher_.take();
  for (const auto& trouble : news.troubles) tell(trouble.subject, trouble.what);
  if (news.changed.empty()) return;
  if (has_fallen_behind(before, publisher_.nodes())) patience_.changed(Clock::now());
  if (auto now_connected = connected(); now_connected != presence_.connected()) {
    if (now_connected.empty()) patience_.alone(Clock::now());
    presence_.heard(std::move(now_connected), Clock::now());
    patience_.changed(Clock::now());  // one that comes back behind the others is given time to catch up
    addresses_changed_ = true;
    update();
  }
  settle();
}

std::set<std::string> Controller::connected() const {
  std::set<std::string> out;
  for (const auto& [name, node] : publisher_.nodes()) {
    if (node.live) out.insert(name);
  }
  return out;
}

std::optional<Hearing> Controller::hearing() {
  if (!leads_) return std::nullopt;
  Hearing out{.connected = presence_.connected(), .absent = {}};
  const auto now = Clock::now();
  std::optional<Time> next;
  for (const auto& [name, life] : lives_.nodes) {
    const auto from = presence_.absent_from(name);
    if (!from) continue;
    if (*from <= now) {
      out.absent.insert(name);
    } else if (!next || *from < *next) {
      next = from;
    }
  }
  wake_at(absence_timer_, next, &Controller::look_for_absent);
  return out;
}

void Controller::look_for_absent() {
  addresses_changed_ = true;
  update();
}

/// Labels of nodes and their selection change who serves what without a change of the model.
bool Controller::serves_otherwise() {
  serving_.clear();
  for (const auto& [name, gateway] : pipeline_.graph().gateways) {
    if (auto nodes = serving_nodes(*pipeline_.objects(), *gateway.gateway)) serving_.emplace(name, *std::move(nodes));
  }
  std::set<std::string> nodes;
  for (const auto& [name, node] : pipeline_.objects()->nodes) nodes.insert(name.name);
  auto who = serving_of(pipeline_.graph(), serving_, nodes);
  if (who == who_) return false;
  who_ = std::move(who);
  publisher_.set_serving(who_.nodes, who_.others);
  return true;
}

void Controller::update() {
  // Half a world is nothing to act upon: without the nodes' Leases every address would be nobody's.
  if (!is_synced_ || !lives_.is_known || waits_for_contents()) return;
  still_leads();
  const auto& objects = source_.objects();
  const bool of_addresses = std::exchange(addresses_changed_, false);
  const std::vector<api::ObjectRef> changed(changed_.begin(), changed_.end());
  changed_.clear();
  if (of_addresses) {
    const auto& assignment = book_.assign(*objects, [this](const auto& ref) { return source_.record(ref); }, lives_);
    for (const auto& line : assignment.shortages) {
      if (shortages_.insert(line).second) journal_(Level::kWarn, "no address", {{"what", line}});
    }
    shortages_ = {assignment.shortages.begin(), assignment.shortages.end()};
    pipeline_.set_grants(assignment.grants);
  }
  auto delta = pipeline_.update(objects, changed);
  if (!leads_) pipeline_.forget_gone(changed);
  finalizer_.update(pipeline_.graph());
  const bool is_other = of_addresses && serves_otherwise();
  // A Gateway may be accepted, or no longer, by an object that no address depends on.
  const bool of_owners = of_addresses || !book_.covers(pipeline_.graph());
  const auto* addresses = of_owners ? &book_.resources(*objects, pipeline_.graph(), lives_, hearing()) : nullptr;
  publish(publication_.next(std::move(delta), addresses, is_other));
  if (of_addresses) tell_pools();
  settle();
}

void Controller::publish(model::v1::Delta delta) {
  const bool is_first = !std::exchange(is_published_, true);
  contents_wait_.published();
  if (is_first && leads_) patience_.lead(Clock::now());  // nobody could come before
  if (!is_first && delta.generation() == delta.base_generation()) return;
  progress_.published(delta, pipeline_.graph(), serving_);
  patience_.changed(Clock::now());
  journal_(Level::kInfo, "published",
           {{"generation", std::to_string(delta.generation())},
            {"changed", std::to_string(delta.changed_size())},
            {"removed", std::to_string(delta.removed_size())}});
  publisher_.publish(std::move(delta));
}

/// Only nodes that were connected can have acknowledged anything.
bool Controller::is_complete() const {
  return std::ranges::all_of(lives_.nodes, [this](const auto& entry) {
    const auto node = publisher_.nodes().find(entry.first);
    return !entry.second.is_live || (node != publisher_.nodes().end() && node->second.live);
  });
}

void Controller::settle() {
  if (!is_published_ || !still_leads()) return;
  const auto& nodes = publisher_.nodes();
  const bool has_nodes = std::ranges::any_of(nodes, [](const auto& entry) { return entry.second.live; });
  const bool is_answered = unanswered(pipeline_.graph(), book_.owners(), nodes).empty();
  const auto now = Clock::now();
  const auto wait = patience_.wait(now, has_nodes, progress_.is_everywhere(nodes) && is_answered, is_complete(),
                                   owners_awaited(pipeline_.graph(), book_.owners(), lives_, presence_, now));
  wake_at(settle_timer_, wait, &Controller::settle);
  if (wait) return;
  patience_.told();
  const auto fresh = pipeline_.settle(progress_.data_plane(pipeline_.graph(), book_.owners(), nodes), wall_time());
  for (const auto& finding : fresh) {
    journal_(Level::kWarn, "condition",
             {{"object", api::to_string(finding.object)},
              {"part", finding.part},
              {"type", finding.type},
              {"reason", finding.reason},
              {"detail", finding.message}});
  }
  const bool is_first = !std::exchange(writes_, true);
  for (const auto& finding : is_first ? pipeline_.findings() : fresh) events_.tell(finding);
  for (const auto& ref : pipeline_.take_restated()) writer_.want(ref, pipeline_.status_of(ref));
  if (is_first) {
    writer_.lead(true);
    tell_pools();
  }
  run_writers();
}

void Controller::tell_pools() {
  for (const auto& [name, use] : book_.assignment().pools) {
    const auto pool = pipeline_.objects()->address_pools.find({"", name});
    if (pool == pipeline_.objects()->address_pools.end()) continue;
    writer_.want({std::string(api::AddressPool::kKind), "", name}, status_of(use, pool->second->metadata.generation));
  }
}

void Controller::run_writers() {
  still_leads();
  const auto now = Clock::now();
  const std::string time = wall_time();
  std::optional<Time> next;
  for (const auto due : {writer_.run(now, time), events_.run(now, time), finalizer_.run(now)}) {
    if (due && (!next || *due < *next)) next = due;
  }
  for (const auto& trouble : writer_.take_troubles()) tell(trouble.subject, trouble.what);
  wake_at(writer_timer_, next, &Controller::run_writers);
}

void Controller::resign(std::chrono::milliseconds timeout) {
  follow();
  if (!lease_.release(timeout)) journal_(Level::kWarn, "lease not given up; it runs out by itself", {});
}

std::expected<void, std::string> Controller::ready() const {
  if (!is_synced_) return std::unexpected("waits for the first lists of the API server");
  if (!lives_.is_known) return std::unexpected("waits for the Leases of nodes");
  if (!is_published_) return std::unexpected("waits for Secrets and ConfigMaps that Gateways refer to");
  if (!authority_.is_serving())
    return std::unexpected("waits for Secret " + options_.namespace_ + "/" + kAuthorityName);
  if (!leads_ && leadership_.holder.empty()) return std::unexpected("nobody leads");
  return {};
}

model::v1::Model Controller::model() const {
  model::v1::Model out = pipeline_.model();
  for (const auto& resource : book_.resources()) *out.add_resources() = resource;
  std::ranges::sort(*out.mutable_resources(), {}, [](const auto& resource) { return resource.name(); });
  out.set_generation(publication_.generation());
  return out;
}

std::expected<std::string, std::string> Controller::status() const {
  if (!is_published_) return std::unexpected("no whole world has been read yet");
  return boost::json::serialize(pipeline_.status()) + "\n";
}

}  // namespace sluice::daemon
