#include "tools/sluicectl/status_table.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "controller/source/result.h"
#include "tools/sluicectl/condition.h"
#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/table.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string joined(const json::array& list, Path path = {}) {
  std::string out;
  for (const auto& element : list) out += (out.empty() ? "" : ",") + text_at(element, path);
  return out;
}

/// "gateway/main"; with its namespace where that is not `namespace_`.
std::string reference(const json::value& ref, const std::string& default_kind, const std::string& namespace_) {
  const std::string kind = text_at(ref, {"kind"});
  std::string out = lower(kind.empty() ? default_kind : kind) + "/";
  const std::string other = text_at(ref, {"namespace"});
  if (!other.empty() && other != namespace_) out += other + "/";
  return out + text_at(ref, {"name"});
}

/// Rows of one table, and what every row of it begins and ends with.
class Rows {
 public:
  Rows(const TableOptions& options, std::vector<std::string> head) : options_(options) {
    if (options_.namespaces) table_.head.emplace_back("NAMESPACE");
    table_.head.insert(table_.head.end(), head.begin(), head.end());
    if (options_.wide) table_.head.emplace_back("WHAT IS WRONG");
  }
  void add(const json::value& object, const std::vector<std::string>& cells, const json::array& conditions) {
    add(object, cells, bad_messages(conditions));
  }
  void add(const json::value& object, const std::vector<std::string>& cells, const std::string& what_is_wrong) {
    std::vector<std::string> row;
    if (options_.namespaces) row.push_back(text_at(object, {"metadata", "namespace"}));
    row.insert(row.end(), cells.begin(), cells.end());
    if (options_.wide) row.push_back(source::printable(what_is_wrong));
    table_.rows.push_back(std::move(row));
  }
  [[nodiscard]] std::string text() const { return table_.text(options_.head); }

 private:
  const TableOptions& options_;
  Table table_;
};

template <class Visit>
void each(const json::object& list, std::string_view kind, Visit&& visit) {
  for (const auto& item : items_of(list)) {
    if (text_at(item, {"kind"}) == kind) visit(item);
  }
}

std::string classes(const json::object& list, TableOptions options) {
  options.namespaces = false;
  Rows rows(options, {"GATEWAYCLASS", "CONTROLLER", "ACCEPTED"});
  each(list, "GatewayClass", [&](const json::value& item) {
    const auto& conditions = list_at(item, {"status", "conditions"});
    rows.add(item,
             {text_at(item, {"metadata", "name"}), text_at(item, {"spec", "controllerName"}),
              condition_cell(conditions, "Accepted")},
             conditions);
  });
  return rows.text();
}

std::string gateways(const json::object& list, const TableOptions& options) {
  Rows rows(options, {"GATEWAY", "CLASS", "ADDRESS", "ACCEPTED", "PROGRAMMED", "LISTENERS", "LISTENERSETS"});
  each(list, "Gateway", [&](const json::value& item) {
    const auto& conditions = list_at(item, {"status", "conditions"});
    const std::string sets = text_at(item, {"status", "attachedListenerSets"});
    rows.add(item,
             {text_at(item, {"metadata", "name"}), text_at(item, {"spec", "gatewayClassName"}),
              joined(list_at(item, {"status", "addresses"}), {"value"}), condition_cell(conditions, "Accepted"),
              condition_cell(conditions, "Programmed"), std::to_string(list_at(item, {"spec", "listeners"}).size()),
              sets.empty() ? "0" : sets},
             conditions);
  });
  return rows.text();
}

std::string listener_sets(const json::object& list, const TableOptions& options) {
  Rows rows(options, {"LISTENERSET", "PARENT", "ACCEPTED", "PROGRAMMED", "LISTENERS"});
  each(list, "ListenerSet", [&](const json::value& item) {
    const auto& conditions = list_at(item, {"status", "conditions"});
    const auto* parent = at(item, {"spec", "parentRef"});
    rows.add(item,
             {text_at(item, {"metadata", "name"}),
              parent == nullptr ? "" : reference(*parent, "Gateway", text_at(item, {"metadata", "namespace"})),
              condition_cell(conditions, "Accepted"), condition_cell(conditions, "Programmed"),
              std::to_string(list_at(item, {"spec", "listeners"}).size())},
             conditions);
  });
  return rows.text();
}

/// The status of the listener of that name; null where there is none.
const json::value& listener_status(const json::value& item, const std::string& name) {
  static const json::value kNone;
  for (const auto& status : list_at(item, {"status", "listeners"})) {
    if (text_at(status, {"name"}) == name) return status;
  }
  return kNone;
}

std::string listeners(const json::object& list, const TableOptions& options) {
  Rows rows(options, {"LISTENER", "OF", "PROTOCOL", "PORT", "HOSTNAME", "ACCEPTED", "PROGRAMMED", "RESOLVEDREFS",
                      "CONFLICTED", "ROUTES"});
  for (const auto kind : {"Gateway", "ListenerSet"}) {
    each(list, kind, [&](const json::value& item) {
      for (const auto& listener : list_at(item, {"spec", "listeners"})) {
        const std::string name = text_at(listener, {"name"});
        const json::value& status = listener_status(item, name);
        const auto& conditions = list_at(status, {"conditions"});
        const std::string hostname = text_at(listener, {"hostname"});
        rows.add(
            item,
            {name, lower(kind) + "/" + text_at(item, {"metadata", "name"}), text_at(listener, {"protocol"}),
             text_at(listener, {"port"}), hostname.empty() ? "*" : hostname, condition_cell(conditions, "Accepted"),
             condition_cell(conditions, "Programmed"), condition_cell(conditions, "ResolvedRefs"),
             condition_cell(conditions, "Conflicted"), text_at(status, {"attachedRoutes"})},
            conditions);
      }
    });
  }
  return rows.text();
}

/// A line for each parent that answered; one with all that it names where none did.
void add_route(Rows& rows, const json::value& item, const std::string& kind) {
  const std::string namespace_ = text_at(item, {"metadata", "namespace"});
  const std::string name = lower(kind) + "/" + text_at(item, {"metadata", "name"});
  const std::string hostnames = joined(list_at(item, {"spec", "hostnames"}));
  const auto& parents = list_at(item, {"status", "parents"});
  for (const auto& parent : parents) {
    const auto& conditions = list_at(parent, {"conditions"});
    const auto* ref = at(parent, {"parentRef"});
    std::string place = ref == nullptr ? "" : reference(*ref, "Gateway", namespace_);
    if (const auto section = text_at(parent, {"parentRef", "sectionName"}); !section.empty()) place += ":" + section;
    if (const auto port = text_at(parent, {"parentRef", "port"}); !port.empty()) place += ":" + port;
    rows.add(item,
             {name, hostnames.empty() ? "*" : hostnames, place, condition_cell(conditions, "Accepted"),
              condition_cell(conditions, "ResolvedRefs")},
             conditions);
  }
  if (!parents.empty()) return;
  std::string named;
  for (const auto& ref : list_at(item, {"spec", "parentRefs"})) {
    named += (named.empty() ? "" : ",") + reference(ref, "Gateway", namespace_);
  }
  rows.add(item, {name, hostnames.empty() ? "*" : hostnames, named, "", ""},
           std::string(named.empty() ? "it names no parent" : "no parent that it names is there and ours"));
}

std::string routes(const json::object& list, const TableOptions& options) {
  Rows rows(options, {"ROUTE", "HOSTNAMES", "PARENT", "ACCEPTED", "RESOLVEDREFS"});
  for (const auto kind : {"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"}) {
    each(list, kind, [&](const json::value& item) { add_route(rows, item, kind); });
  }
  return rows.text();
}

std::string policies(const json::object& list, const TableOptions& options) {
  Rows rows(options, {"BACKENDTLSPOLICY", "TARGETS", "ANCESTOR", "ACCEPTED", "RESOLVEDREFS"});
  each(list, "BackendTLSPolicy", [&](const json::value& item) {
    const std::string namespace_ = text_at(item, {"metadata", "namespace"});
    std::string targets;
    for (const auto& target : list_at(item, {"spec", "targetRefs"})) {
      targets += (targets.empty() ? "" : ",") + reference(target, "Service", namespace_);
    }
    const auto& ancestors = list_at(item, {"status", "ancestors"});
    for (const auto& ancestor : ancestors) {
      const auto& conditions = list_at(ancestor, {"conditions"});
      const auto* ref = at(ancestor, {"ancestorRef"});
      rows.add(
          item,
          {text_at(item, {"metadata", "name"}), targets, ref == nullptr ? "" : reference(*ref, "Gateway", namespace_),
           condition_cell(conditions, "Accepted"), condition_cell(conditions, "ResolvedRefs")},
          conditions);
    }
    if (!ancestors.empty()) return;
    rows.add(item, {text_at(item, {"metadata", "name"}), targets, "", "", ""},
             std::string("no route of ours leads to its targets"));
  });
  return rows.text();
}

std::string grants(const json::object& list, const TableOptions& options) {
  TableOptions plain = options;
  plain.wide = false;
  Rows rows(plain, {"REFERENCEGRANT", "FROM", "TO"});
  each(list, "ReferenceGrant", [&](const json::value& item) {
    std::string from;
    for (const auto& one : list_at(item, {"spec", "from"})) {
      from += (from.empty() ? "" : ",") + lower(text_at(one, {"kind"})) + " in " + text_at(one, {"namespace"});
    }
    std::string to;
    for (const auto& one : list_at(item, {"spec", "to"})) {
      const std::string name = text_at(one, {"name"});
      to += (to.empty() ? "" : ",") + lower(text_at(one, {"kind"})) + "/" + (name.empty() ? "*" : name);
    }
    rows.add(item, {text_at(item, {"metadata", "name"}), from, to}, std::string());
  });
  return rows.text();
}

}  // namespace

std::string status_tables(const json::object& list, const TableOptions& options) {
  std::string out;
  for (const auto& table :
       {classes(list, options), gateways(list, options), listener_sets(list, options), listeners(list, options),
        routes(list, options), policies(list, options), grants(list, options)}) {
    if (table.empty()) continue;
    out += (out.empty() ? "" : "\n") + table;
  }
  return out;
}

std::string object_names(const json::object& list) {
  std::string out;
  for (const auto& item : items_of(list)) {
    const std::string version = text_at(item, {"apiVersion"});
    const auto slash = version.find('/');
    const std::string group = slash == std::string::npos ? "" : "." + version.substr(0, slash);
    out += lower(text_at(item, {"kind"})) + group + "/" + text_at(item, {"metadata", "name"}) + "\n";
  }
  return out;
}

}  // namespace sluice::ctl
