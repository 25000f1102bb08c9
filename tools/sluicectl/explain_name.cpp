#include <fmt/format.h>

#include "tools/sluicectl/explain.h"
#include "tools/sluicectl/tls_choice.h"

namespace sluice::ctl {
namespace {

void refuse(Verdict& verdict, passthrough::Reason reason) {
  verdict.forwarded = false;
  verdict.reason = passthrough::name(reason);
  verdict.meaning = fmt::format("RST: {}", passthrough::text(reason));
}

std::string entry_text(const passthrough::Entry& entry) {
  const std::string& hostname = entry.origin.hostname();
  return fmt::format("{} ({})", object_text(entry.origin.route()), hostname.empty() ? "any name, or none" : hostname);
}

void pass_over(const passthrough::SniRoutes& routes, const passthrough::Entry* winner, Verdict& verdict) {
  for (const auto& entry : routes.entries()) {
    if (entry.get() == winner) continue;
    const bool same = winner != nullptr && entry->origin.hostname() == winner->origin.hostname();
    const bool behind = winner != nullptr && entry->origin.hostname().empty();
    verdict.passed_over.push_back({entry_text(*entry), same     ? "has the name too, but an older route (then by "
                                                                  "namespace/name) serves"
                                                       : behind ? "takes the name too, but less specifically"
                                                                : "its hostname does not take the name, or less "
                                                                  "specifically"});
  }
}

/// The passthrough's own table decides; its backends' shares come from the model.
void judge_passthrough(const model::Store& store, const passthrough::SniTable& table, const ChooseReady& choose,
                       const std::string& name, Verdict& verdict) {
  const auto* entry = table.routes().find(name);
  if (entry == nullptr) {
    refuse(verdict, name.empty() ? passthrough::Reason::kNoSni : passthrough::Reason::kUnknownName);
    return pass_over(table.routes(), nullptr, verdict);
  }
  verdict.route = object_text(entry->origin.route());
  verdict.rule = entry->origin.route().section();
  verdict.match = entry->origin.hostname().empty() ? "any server name, or none" : entry->origin.hostname();
  bool serves = false;
  passthrough::Reason reason = passthrough::Reason::kNoBackend;
  for (const auto& weighted : entry->origin.backends()) {
    verdict.backends.push_back(share_of(store, weighted, entry->total_weight, choose));
    serves |= verdict.backends.back().serves;
    if (weighted.weight() == 0) continue;
    const auto backend = store.find(weighted.backend());
    const bool invalid = backend == nullptr || backend->backend().state() == model::v1::Backend::INVALID;
    reason = invalid ? passthrough::Reason::kInvalidBackend : passthrough::Reason::kNoEndpoints;
  }
  if (serves) {
    verdict.forwarded = true;
    verdict.reason = passthrough::name(passthrough::Reason::kForwarded);
    verdict.meaning = "TLS passes through; a backend of the route gets the connection, by weight";
  } else {
    refuse(verdict, reason);
  }
  pass_over(table.routes(), entry, verdict);
}

}  // namespace

Verdict explain_name(const model::Store& store, const l4::Home& home, const NameQuestion& question) {
  const std::string shown = question.name.empty() ? "no server name" : question.name;
  Verdict verdict{.question = fmt::format("TLS to {} on port {}", shown, question.port)};
  if (question.from) verdict.note = "connections take turns by weight, whoever the client is: --from picks none here";
  const TlsChoice choice = choose_tls(store, question.port, question.ip, question.name);
  if (choice.listener == nullptr) {
    refuse(verdict, choice.others.empty()   ? passthrough::Reason::kNoListener
                    : question.name.empty() ? passthrough::Reason::kNoSni
                                            : passthrough::Reason::kUnknownName);
  } else {
    verdict.listener = listener_text(choice.frontend->frontend());
    if (choice.listener->passthrough != nullptr) {
      const auto& frontend = choice.frontend->frontend();
      verdict.prefers = preference_text(frontend, home);
      judge_passthrough(store, *choice.listener->passthrough, engines_choice(frontend, home), question.name, verdict);
    } else {
      verdict.forwarded = true;
      verdict.reason = "terminated";
      verdict.meaning = fmt::format("the engine ends TLS here; what a request gets says --http METHOD https://{}",
                                    question.name.empty() ? "NAME" : question.name);
    }
  }
  verdict.passed_over.insert(verdict.passed_over.end(), choice.others.begin(), choice.others.end());
  return verdict;
}

}  // namespace sluice::ctl
