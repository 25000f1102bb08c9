#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>

#include "sluice/bpf/drop.h"
#include "tools/sluicectl/explain.h"
#include "tools/sluicectl/flow_ring.h"
#include "tools/sluicectl/placed.h"

namespace sluice::ctl {
namespace {

void refuse(Verdict& verdict, drop_reason reason, const std::string& what) {
  verdict.forwarded = false;
  verdict.reason = drop_text_of(reason)->label;
  verdict.meaning = what;
}

std::string answer(bool udp) {
  return udp ? "ICMP port unreachable" : "RST";
}

/// The frontend that the datapath's service map holds for the flow; others of its port are passed over.
std::string find_frontend(const model::Store& store, const FlowQuestion& question, Verdict& verdict) {
  const auto wanted = question.udp ? model::v1::UDP : model::v1::TCP;
  std::string found;
  each_frontend(store, [&](const std::string& name, const model::v1::Frontend& frontend) {
    if (frontend.port() != question.to.port) return;
    if (frontend.protocol() == wanted && has_address(frontend, question.to.ip)) {
      if (found.empty()) found = name;
      return;
    }
    verdict.passed_over.push_back(
        {listener_text(frontend), frontend.protocol() == wanted
                                      ? "not at this address"
                                      : fmt::format("speaks {}{}", model::v1::Protocol_Name(frontend.protocol()),
                                                    frontend.has_http()  ? "; ask with --http"
                                                    : frontend.has_sni() ? "; ask with --sni"
                                                                         : "")});
  });
  return found;
}

/// The frontend's plan for the address that was asked for, as the datapath makes it. A frontend without addresses (a
/// folder, no --address) is planned as if that one were its own.
l4::ServicePlan plan_of(model::Store store, const std::string& name, const l4::ServiceId& id, const l4::Home& home) {
  const auto wire = id.vip.wire();
  store = placed(std::move(store), {name}, {wire.begin(), wire.end()});
  std::map<std::string, std::string> refusals;
  auto plans = l4::plan_frontend(store, name, home, refusals);
  return plans[id];
}

/// The backendRef whose endpoint it is; the endpoints of one Service may stand in several.
bool holds(const BackendShare& share, const l4::Target& target) {
  return share.serves && std::ranges::find(share.endpoints, target.text()) != share.endpoints.end();
}

void show_backends(const model::Store& store, const model::v1::L4Table& table, const l4::ServicePlan& plan,
                   const ChooseReady& choose, Verdict& verdict) {
  std::uint64_t total = 0;
  for (const auto& backend : table.backends()) total += backend.weight();
  for (const auto& backend : table.backends()) {
    auto share = share_of(store, backend, total, choose);
    const bool reached = std::ranges::any_of(plan.shares, [&](const auto& entry) { return holds(share, entry.first); });
    if (share.serves && !reached && !share.resolved_by_node) {
      share.serves = false;
      share.state = "refused: its endpoints are of the other IP family";
    }
    verdict.backends.push_back(std::move(share));
  }
}

void judge_flow(const l4::ServiceId& id, const l4::ServicePlan& plan, const FlowQuestion& question, Verdict& verdict) {
  const auto serves = [](const BackendShare& share) { return share.serves; };
  if (std::ranges::none_of(verdict.backends, serves)) {
    return refuse(verdict, DROP_NO_BACKEND, "no backend of the route serves: " + answer(question.udp));
  }
  verdict.forwarded = true;
  verdict.reason = "forwarded";
  verdict.meaning = "a backend of the route gets it, by weight";
  if (!question.from) return;
  if (std::ranges::any_of(verdict.backends, &BackendShare::resolved_by_node)) {
    verdict.note = "only the node knows the addresses behind a name: --from picks no backend here";
    return;
  }
  if (question.from->port == 0) {
    verdict.note = "the client's port decides too: --from ADDR:PORT names the backend";
    return;
  }
  const auto pick = FlowRing(id, plan).pick(*question.from);
  verdict.slot = pick.slots == 0 ? "" : fmt::format("{} of {}", pick.slot, pick.slots);
  if (!pick.target) {
    return refuse(verdict, DROP_NO_BACKEND, "this flow falls on the share of what is refused: " + answer(question.udp));
  }
  verdict.meaning = pick.target->text() + " gets this flow, as long as it stays ready";
  const auto found =
      std::ranges::find_if(verdict.backends, [&](const auto& share) { return holds(share, *pick.target); });
  if (found != verdict.backends.end()) found->picked = true;
}

}  // namespace

Verdict explain_flow(const model::Store& store, const l4::Home& home, const FlowQuestion& question) {
  const char* protocol = question.udp ? "UDP" : "TCP";
  Verdict verdict{.question = fmt::format("{} to {}", protocol, socket_text(question.to.ip, question.to.port))};
  if (question.from) {
    std::string client = socket_text(question.from->ip, question.from->port);
    if (question.from->port == 0) client.resize(client.rfind(':'));
    verdict.question += " from " + client;
  }
  const std::string name = find_frontend(store, question, verdict);
  if (name.empty()) {
    refuse(verdict, DROP_NO_SERVICE, fmt::format("no {} listener has this address and port", protocol));
    return verdict;
  }
  const auto frontend = store.find(name);
  verdict.listener = listener_text(frontend->frontend());
  const auto resource = store.find(frontend->frontend().l4());
  if (resource == nullptr || !resource->l4().has_route()) {
    refuse(verdict, DROP_NO_BACKEND, "no route is attached: " + answer(question.udp));
    return verdict;
  }
  const auto& table = resource->l4();
  verdict.route = object_text(table.route());
  verdict.rule = table.route().section();
  for (const auto& other : table.shadowed()) {
    verdict.passed_over.push_back({object_text(other), "attached, but an older route (then by namespace/name) serves"});
  }
  const auto protocol_number = static_cast<std::uint8_t>(question.udp ? IPPROTO_UDP : IPPROTO_TCP);
  const l4::ServiceId id{l4::Address::from_bytes(question.to.ip).value_or(l4::Address{}), question.to.port,
                         protocol_number};
  const auto plan = plan_of(store, name, id, home);
  const auto& origin = store.find(name)->frontend();
  verdict.prefers = preference_text(origin, home);
  show_backends(
      store, table, plan,
      [&](const model::v1::Endpoints& endpoints) { return l4::choose_ready(endpoints, id.vip.family(), origin, home); },
      verdict);
  judge_flow(id, plan, question, verdict);
  return verdict;
}

}  // namespace sluice::ctl
