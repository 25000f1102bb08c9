#include <fmt/format.h>

#include "tools/sluicectl/explain.h"

namespace sluice::ctl {
namespace {

void refuse(Verdict& verdict, const std::string& reason, const std::string& meaning) {
  verdict.forwarded = false;
  verdict.reason = reason;
  verdict.meaning = meaning;
}

/// The frontend that the datapath's service map holds for the flow; others of its port are passed over.
const model::v1::Frontend* find_frontend(const model::Store& store, const FlowQuestion& question, Verdict& verdict) {
  const auto wanted = question.udp ? model::v1::UDP : model::v1::TCP;
  const model::v1::Frontend* found = nullptr;
  each_frontend(store, [&](const std::string&, const model::v1::Frontend& frontend) {
    if (frontend.port() != question.to.port) return;
    if (frontend.protocol() == wanted && has_address(frontend, question.to.ip)) {
      if (found == nullptr) found = &frontend;
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

void judge_backends(const model::Store& store, const model::v1::L4Table& table, bool udp, Verdict& verdict) {
  std::uint64_t total = 0;
  for (const auto& backend : table.backends()) total += backend.weight();
  bool serves = false;
  for (const auto& backend : table.backends()) {
    verdict.backends.push_back(share_of(store, backend, total));
    serves |= verdict.backends.back().serves;
  }
  if (!serves) {
    return refuse(verdict, "no_backend",
                  fmt::format("no backend of the route serves: {}", udp ? "ICMP port unreachable" : "RST"));
  }
  verdict.forwarded = true;
  verdict.reason = "forwarded";
  verdict.meaning = "a backend of the route gets it, by weight";
}

}  // namespace

Verdict explain_flow(const model::Store& store, const FlowQuestion& question) {
  const char* protocol = question.udp ? "UDP" : "TCP";
  Verdict verdict{.question = fmt::format("{} to {}", protocol, socket_text(question.to.ip, question.to.port))};
  if (question.from) verdict.question += " from " + socket_text(question.from->ip, question.from->port);
  const auto* frontend = find_frontend(store, question, verdict);
  if (frontend == nullptr) {
    refuse(verdict, "no_service", fmt::format("no {} listener has this address and port", protocol));
    return verdict;
  }
  verdict.listener = listener_text(*frontend);
  const auto resource = store.find(frontend->l4());
  if (resource == nullptr || !resource->l4().has_route()) {
    refuse(verdict, "no_backend",
           fmt::format("no route is attached: {}", question.udp ? "ICMP port unreachable" : "RST"));
    return verdict;
  }
  const auto& table = resource->l4();
  verdict.route = object_text(table.route());
  verdict.rule = table.route().section();
  for (const auto& other : table.shadowed()) {
    verdict.passed_over.push_back({object_text(other), "attached, but an older route (then by namespace/name) serves"});
  }
  judge_backends(store, table, question.udp, verdict);
  return verdict;
}

}  // namespace sluice::ctl
