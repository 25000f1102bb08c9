#include "tools/sluicectl/object_filter.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cctype>

#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/label_filter.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

/// What a List of status holds (controller/status).
constexpr std::array<std::string_view, 10> kKinds{"GatewayClass",   "Gateway",         "ListenerSet", "HTTPRoute",
                                                  "GRPCRoute",      "TCPRoute",        "UDPRoute",    "TLSRoute",
                                                  "ReferenceGrant", "BackendTLSPolicy"};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// "" for what is no kind. Plurals: classes, policies, the others with an s.
std::string_view kind_of(std::string_view word) {
  const std::string wanted = lower(word);
  for (const auto kind : kKinds) {
    const std::string name = lower(kind);
    const std::string stem = name.substr(0, name.size() - 1);
    if (wanted == name || wanted == name + "s" || wanted == name + "es" || wanted == stem + "ies") return kind;
  }
  return {};
}

struct Wanted {
  std::string_view kind;
  std::string name;  ///< "": any
  bool found = false;
};

std::expected<std::vector<Wanted>, std::string> parse_what(const std::vector<std::string>& what) {
  std::vector<Wanted> wanted;
  for (const auto& word : what) {
    const auto slash = word.find('/');
    const auto kind = kind_of(std::string_view(word).substr(0, slash));
    if (kind.empty()) {
      std::string why = "'" + word + "' is no kind; there are ";
      for (const auto name : kKinds) why += (name == kKinds[0] ? "" : ", ") + lower(name);
      return std::unexpected(std::move(why));
    }
    wanted.push_back({.kind = kind, .name = slash == std::string::npos ? "" : word.substr(slash + 1)});
  }
  return wanted;
}

LabelFilter::Labels labels_of(const json::value& object) {
  LabelFilter::Labels labels;
  const auto* found = at(object, {"metadata", "labels"});
  if (found == nullptr || !found->is_object()) return labels;
  for (const auto& [key, value] : found->get_object()) labels.emplace(key, text_at(value, {}));
  return labels;
}

}  // namespace

void add_filter_options(CLI::App& command, ObjectFilter& filter) {
  command.add_option("what", filter.what, "Kinds or objects: httproutes, gateway/main")->type_name("KIND[/NAME]");
  auto* one = command.add_option("-n,--namespace", filter.namespace_, "Objects of one namespace")->type_name("NAME");
  command.add_flag("-A,--all-namespaces", filter.all_namespaces, "Objects of all namespaces; so it is without -n, too")
      ->excludes(one);
  command.add_option("-l,--selector", filter.labels, "Objects with these labels: app=shop,tier!=test")
      ->type_name("SELECTOR");
}

std::expected<Filtered, std::string> filtered(json::object list, const ObjectFilter& filter) {
  auto wanted = parse_what(filter.what);
  if (!wanted) return std::unexpected(wanted.error());
  const auto labels = LabelFilter::parse(filter.labels);
  if (!labels) return std::unexpected("-l: " + labels.error());
  json::array items;
  for (auto& item : list["items"].as_array()) {
    const std::string kind = text_at(item, {"kind"});
    const std::string name = text_at(item, {"metadata", "name"});
    if (!filter.namespace_.empty() && text_at(item, {"metadata", "namespace"}) != filter.namespace_) continue;
    if (!labels->takes(labels_of(item))) continue;
    bool takes = wanted->empty();
    for (Wanted& one : *wanted) {
      if (one.kind != kind || (!one.name.empty() && one.name != name)) continue;
      takes = one.found = true;
    }
    if (takes) items.push_back(std::move(item));
  }
  list["items"] = std::move(items);
  Filtered out{.list = std::move(list), .absent = {}};
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    if (!(*wanted)[i].name.empty() && !(*wanted)[i].found) out.absent.push_back(filter.what[i]);
  }
  return out;
}

}  // namespace sluice::ctl
