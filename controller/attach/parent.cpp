#include "controller/attach/parent.h"

#include <algorithm>

#include "controller/attach/hostname.h"
#include "controller/attach/namespace.h"
#include "controller/attach/protocol.h"

namespace sluice::attach {
namespace {

using Listeners = std::vector<const ListenerFacts*>;

/// Listeners that a message names; a Gateway may have hundreds.
constexpr std::size_t kNamed = 6;

template <class Text>
std::string list_of(const Listeners& listeners, Text&& text) {
  std::string out;
  for (std::size_t i = 0; i < std::min(listeners.size(), kNamed); ++i)
    out += (i == 0 ? "" : ", ") + text(*listeners[i]);
  if (listeners.size() > kNamed) out += " and " + std::to_string(listeners.size() - kNamed) + " more";
  return out;
}

std::string name_and_port(const ListenerFacts& facts) {
  return facts.listener->name + " (port " + std::to_string(facts.listener->port) + ")";
}

class Attachment {
 public:
  Attachment(const World& world, const Child& child, const api::ParentReference& ref, const Parent& parent)
      : world_(world), child_(child), ref_(ref), parent_(parent) {}

  ParentResult run() && {
    result_.parent_ref = ref_;
    Listeners candidates = named();
    if (candidates.empty()) return refuse_name();
    const Listeners all = candidates;
    std::erase_if(candidates, [&](const auto* facts) { return !takes_kind(*facts); });
    if (candidates.empty()) return refuse_kind(all);
    const Listeners of_kind = candidates;
    std::erase_if(candidates, [&](const auto* facts) { return !takes_namespace(*facts); });
    if (candidates.empty()) return refuse_namespace(of_kind);
    for (const auto* facts : candidates) {
      auto hostnames = meet(*facts);
      if (!hostnames.empty()) result_.listeners[{parent_.ref, facts->listener->name}] = std::move(hostnames);
    }
    if (result_.listeners.empty()) return refuse_hostnames(candidates);
    set_condition(result_.conditions,
                  {ConditionType::Accepted, ConditionStatus::True, ConditionReason::Accepted, "accepted"});
    return std::move(result_);
  }

 private:
  [[nodiscard]] Listeners named() const {
    Listeners found;
    for (const auto& facts : parent_.listeners) {
      if (ref_.section_name && *ref_.section_name != facts.listener->name) continue;
      if (ref_.port && *ref_.port != facts.listener->port) continue;
      found.push_back(&facts);
    }
    return found;
  }

  [[nodiscard]] bool takes_kind(const ListenerFacts& facts) const {
    return std::ranges::any_of(facts.allowed_kinds, [&](const auto& kind) { return kind.kind == child_.ref.kind; });
  }

  [[nodiscard]] bool takes_namespace(const ListenerFacts& facts) const {
    static const api::NamespaceSelection kSame;
    const auto& allowed = facts.listener->allowed_routes;
    const auto& selection = allowed && allowed->namespaces ? *allowed->namespaces : kSame;
    return selects_namespace(world_.objects, selection, selection.from.value_or("Same"), parent_.ref.namespace_,
                             child_.ref.namespace_);
  }

  /// The route's hostnames as far as the listener has them, in the route's order, each once.
  [[nodiscard]] std::vector<std::string> meet(const ListenerFacts& facts) const {
    if (child_.hostnames.empty()) return {facts.hostname};
    std::vector<std::string> found;
    for (const auto& hostname : child_.hostnames) {
      auto both = intersect(facts.hostname, lower_case(hostname));
      if (both && std::ranges::find(found, *both) == found.end()) found.push_back(*std::move(both));
    }
    return found;
  }

  ParentResult refuse(const std::string& field, ConditionReason reason, std::string found) {
    set_condition(result_.conditions,
                  refused(ConditionType::Accepted, Refusal{child_.ref, field, reason, std::move(found)}));
    return std::move(result_);
  }

  [[nodiscard]] const std::string& field() const { return child_.field; }

  ParentResult refuse_name() {
    Listeners all;
    for (const auto& facts : parent_.listeners) all.push_back(&facts);
    const std::string there = "; " + api::to_string(parent_.ref) + " has " +
                              (all.empty() ? "no listener that counts" : list_of(all, name_and_port));
    const std::string port = ref_.port ? "port " + std::to_string(*ref_.port) : "";
    if (ref_.section_name) {
      return refuse(field() + ".sectionName", ConditionReason::NoMatchingParent,
                    *ref_.section_name + (port.empty() ? "" : " on " + port) + there);
    }
    return refuse(field() + (ref_.port ? ".port" : ""), ConditionReason::NoMatchingParent,
                  (ref_.port ? std::to_string(*ref_.port) : std::string("any listener")) + there);
  }

  ParentResult refuse_kind(const Listeners& all) {
    return refuse(
        field(), ConditionReason::NotAllowedByListeners,
        "no listener takes routes of kind " + child_.ref.kind + ": " + list_of(all, [](const ListenerFacts& facts) {
          const bool own = facts.listener->allowed_routes && !facts.listener->allowed_routes->kinds.empty();
          return facts.listener->name + " (protocol " + facts.listener->protocol +
                 (own ? " with allowedRoutes.kinds)" : ")");
        }));
  }

  ParentResult refuse_namespace(const Listeners& of_kind) {
    return refuse(field(), ConditionReason::NotAllowedByListeners,
                  "no listener takes routes of namespace " + child_.ref.namespace_ + ": " +
                      list_of(of_kind, [](const ListenerFacts& facts) {
                        const auto& allowed = facts.listener->allowed_routes;
                        const auto from = allowed && allowed->namespaces ? allowed->namespaces->from : std::nullopt;
                        return facts.listener->name + " (allowedRoutes.namespaces: " + from.value_or("Same") + ")";
                      }));
  }

  ParentResult refuse_hostnames(const Listeners& candidates) {
    return refuse("spec.hostnames", ConditionReason::NoMatchingListenerHostname,
                  "none meets a hostname of the listeners: " + list_of(candidates, [](const ListenerFacts& facts) {
                    return facts.listener->name + " (" + facts.hostname + ")";
                  }));
  }

  const World& world_;
  const Child& child_;
  const api::ParentReference& ref_;
  const Parent& parent_;
  ParentResult result_;
};

}  // namespace

ParentResult attach_to(const World& world, const Child& child, const api::ParentReference& ref, const Parent& parent) {
  return Attachment(world, child, ref, parent).run();
}

}  // namespace sluice::attach
