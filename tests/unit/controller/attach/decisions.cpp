#include "tests/unit/controller/attach/decisions.h"

#include <boost/describe/enum_to_string.hpp>
#include <sstream>

namespace sluice::attach {
namespace {

template <class Enum>
const char* word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

bool is_fine(const Condition& condition) {
  switch (condition.type) {
    case ConditionType::Accepted:
      return condition.status == ConditionStatus::True && condition.reason == ConditionReason::Accepted &&
             condition.message == "accepted";
    case ConditionType::AddressesAssigned:
    case ConditionType::ResolvedRefs:
    case ConditionType::SupportedVersion:
      return condition.status == ConditionStatus::True;
    case ConditionType::Conflicted:
      return condition.status == ConditionStatus::False;
    default:
      return false;
  }
}

std::string text(const Condition& condition) {
  std::string out = std::string(word(condition.status)) + " (" + word(condition.reason) + ")";
  if (!is_fine(condition)) out += " " + condition.message;
  const bool plain = out.find(": ") == std::string::npos && out.find(" #") == std::string::npos;
  if (plain) return out;
  for (std::size_t at = out.find('\''); at != std::string::npos; at = out.find('\'', at + 2)) out.insert(at, 1, '\'');
  return "'" + out + "'";
}

class Printer {
 public:
  std::string print(const Graph& graph) {
    for (const auto& [name, result] : graph.gateway_classes) of(result);
    for (const auto& [name, result] : graph.gateways) of(result);
    for (const auto& [name, result] : graph.listener_sets) of(result);
    for (const auto& [id, result] : graph.listeners) of(result);
    for (const auto& [ref, result] : graph.routes) of(result);
    for (const auto& [name, result] : graph.backend_tls_policies) of(result);
    return out_.str();
  }

 private:
  using Lines = std::vector<std::string>;

  static Lines lines_of(const Conditions& conditions, bool accepted_too = false) {
    Lines lines;
    for (const auto& condition : conditions) {
      const bool shown = accepted_too && condition.type == ConditionType::Accepted;
      if (shown || !is_fine(condition)) {
        lines.push_back(std::string(word(condition.type)) + ": " + text(condition));
      }
    }
    return lines;
  }

  /// brief  short fields that stand in one line where nothing else is to be said.
  void section(const std::string& head, const Lines& brief, const Lines& lines) {
    std::string fields;
    for (const auto& field : brief) fields += (fields.empty() ? "" : ", ") + field;
    if (lines.empty()) {
      out_ << head << ": { " << fields << " }\n";
      return;
    }
    section(head, brief);
    for (const auto& line : lines) out_ << "  " << line << "\n";
  }

  void section(const std::string& head, const Lines& lines) {
    if (lines.empty()) return;
    out_ << head << ":\n";
    for (const auto& line : lines) out_ << "  " << line << "\n";
  }

  static std::string join(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& each : words) out += (out.empty() ? "" : ", ") + each;
    return "[" + out + "]";
  }

  void of(const GatewayClassResult& result) { section(to_string(result.ref), lines_of(result.conditions)); }

  void of(const GatewayResult& result) {
    Lines brief{"addresses: " + join(result.addresses)};
    if (result.attached_listener_sets > 0) {
      brief.push_back("attachedListenerSets: " + std::to_string(result.attached_listener_sets));
    }
    section(to_string(result.ref), brief, lines_of(result.conditions));
  }

  void of(const ListenerSetResult& result) { section(to_string(result.ref), lines_of(result.conditions, true)); }

  void of(const ListenerResult& result) {
    Lines brief{"attachedRoutes: " + std::to_string(result.attached_routes)};
    if (!result.serves) brief.emplace_back("serves: false");
    std::vector<std::string> kinds;
    kinds.reserve(result.supported_kinds.size());
    for (const auto& kind : result.supported_kinds) kinds.push_back(kind.kind);
    brief.push_back("supportedKinds: " + join(kinds));
    section(to_string(result.id.owner) + ", listener " + result.id.name, brief, lines_of(result.conditions));
  }

  static std::string backend_text(const BackendResult& backend) {
    const std::string weight = " x" + std::to_string(backend.weight);
    if (!backend.target) return word(backend.target.error().reason) + weight;
    return "Service " + backend.target->service.namespace_ + "/" + backend.target->service.name + " port " +
           std::to_string(backend.target->port) + (backend.target->udp ? "/UDP" : "") + weight;
  }

  /// Of the rules that refuse a part of their traffic, or all of it.
  static Lines rules_of(const RouteResult& result) {
    Lines lines;
    for (std::size_t i = 0; i < result.rules.size(); ++i) {
      const RuleResult& rule = result.rules[i];
      std::vector<std::string> backends;
      bool refused = false;
      for (const auto& backend : rule.backends) {
        backends.push_back(backend_text(backend));
        refused = refused || !backend.target;
      }
      if (refused) lines.push_back("backends of rule " + std::to_string(i) + ": " + join(backends));
      if (!rule.unsupported.empty()) lines.push_back("answers with an error: " + rule.unsupported);
    }
    return lines;
  }

  void of(const RouteResult& result) {
    for (const auto& parent : result.parents) {
      const auto& ref = parent.parent_ref;
      std::string head = to_string(result.ref) + ", parent " + ref.kind + " " +
                         ref.namespace_.value_or(result.ref.namespace_) + "/" + ref.name;
      if (ref.section_name) head += ", section " + *ref.section_name;
      if (ref.port) head += ", port " + std::to_string(*ref.port);
      Lines lines = lines_of(parent.conditions, true);
      std::vector<std::string> places;
      for (const auto& [id, hostnames] : parent.listeners) {
        const bool any = hostnames == std::vector<std::string>{""};
        places.push_back(any ? id.name : id.name + " for " + join(hostnames));
      }
      lines.push_back("listeners: " + join(places));
      section(head, lines);
    }
    if (result.parents.empty()) section(to_string(result.ref), {"parents: []"});
    section(to_string(result.ref) + ", rules", rules_of(result));
  }

  void of(const BackendTlsPolicyResult& result) {
    for (const auto& ancestor : result.ancestors) {
      section(to_string(result.ref) + ", ancestor " + ancestor.ancestor_ref.kind + " " +
                  ancestor.ancestor_ref.namespace_.value_or("") + "/" + ancestor.ancestor_ref.name,
              lines_of(ancestor.conditions, true));
    }
    if (result.ancestors.empty()) section(to_string(result.ref), {"ancestors: []"});
  }

  std::ostringstream out_;
};

}  // namespace

std::string print_decisions(const Graph& graph) {
  return Printer().print(graph);
}

}  // namespace sluice::attach
