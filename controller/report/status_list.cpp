#include "controller/report/status_list.h"

#include <algorithm>
#include <boost/json.hpp>

#include "controller/api/controller_name.h"
#include "controller/report/raw_object.h"
#include "controller/source/kubernetes/raw_json.h"

namespace sluice::report {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxListeners = 64;
const json::array& none() {
  static const json::array kNone;
  return kNone;
}

std::vector<std::string_view> items_of(std::optional<std::string_view> list) {
  return (list ? kubernetes::raw_items(*list) : std::nullopt).value_or(std::vector<std::string_view>{});
}

const json::array& list_in(const json::object& fields, std::string_view key) {
  const auto* value = fields.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : none();
}

const json::value* member(const json::value& item, std::string_view key) {
  return item.is_object() ? item.get_object().if_contains(key) : nullptr;
}

/// Empty where there is no such text.
std::string text_of(const json::value& item, std::string_view key) {
  const auto* value = member(item, key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

void say(const std::string& what, const MergedConditions& conditions, std::vector<std::string>& left_out) {
  const std::string end = ": " + std::to_string(kMaxConditions) + " are there";
  for (const auto& type : conditions.left_out) {
    std::string line = what;
    left_out.push_back(line.append(": condition ").append(type).append(end));
  }
}

/// The item with our conditions in it, and with the other fields that are given; unchanged text where all is there.
std::string merge_item(std::string_view stored, const std::string& what, const json::object& wanted,
                       const MergeTime& at, std::vector<std::string>& left_out) {
  std::string out(stored);
  const auto old_conditions = kubernetes::raw_member(stored, "conditions");
  const bool newer = is_newer(old_conditions, at.generation);
  for (const auto& field : wanted) {
    if (field.key() == "conditions") {
      const auto conditions = merge_conditions(old_conditions, list_in(wanted, "conditions"), at);
      say(what, conditions, left_out);
      if (conditions.differs) out = with_member(out, "conditions", list_of(conditions.items));
    } else if (!newer && !says(kubernetes::raw_member(stored, field.key()), field.value())) {
      out = with_member(out, field.key(), json::serialize(field.value()));
    }
  }
  return out;
}

/// An entry of ours that was not there.
std::string fresh_item(const json::object& wanted, const MergeTime& at) {
  std::string out = json::serialize(wanted);
  return with_member(out, "conditions",
                     list_of(merge_conditions(std::nullopt, list_in(wanted, "conditions"), at).items));
}

/// Of an entry that is ours no more: what others have in it, or what a later generation was written for; nullopt:
/// nothing.
std::optional<std::string> remains_of(std::string_view listener, const MergeTime& at) {
  const auto conditions = merge_conditions(kubernetes::raw_member(listener, "conditions"), none(), at);
  if (conditions.items.empty()) return std::nullopt;
  std::string out(listener);
  if (conditions.differs) out = with_member(out, "conditions", list_of(conditions.items));
  const bool newer = is_newer(kubernetes::raw_member(listener, "conditions"), at.generation);
  if (!newer && !says(kubernetes::raw_member(out, "attachedRoutes"), 0)) out = with_member(out, "attachedRoutes", "0");
  return out;
}

void keep(std::string_view before, std::optional<std::string> now, MergedList& out) {
  out.differs = out.differs || !now || *now != before;
  if (now) out.items.push_back(*std::move(now));
}

/// Fields with a default are there (ParentReference: group, kind).
json::value with_defaults(const json::value* ref) {
  json::object out = ref != nullptr && ref->is_object() ? ref->get_object() : json::object();
  if (!out.contains("group")) out["group"] = "gateway.networking.k8s.io";
  if (!out.contains("kind")) out["kind"] = "Gateway";
  return out;
}

std::string name_of(const json::value& ref) {
  const std::string space = text_of(ref, "namespace");
  const std::string section = text_of(ref, "sectionName");
  return text_of(ref, "kind") + " " + (space.empty() ? "" : space + "/") + text_of(ref, "name") +
         (section.empty() ? "" : ", section " + section);
}

}  // namespace

MergedList merge_listeners(std::optional<std::string_view> stored, const json::array& wanted, const MergeTime& at) {
  MergedList out;
  std::vector<bool> placed(wanted.size(), false);
  const auto index_of = [&](const json::value& name) {
    const auto found = std::ranges::find_if(wanted, [&](const auto& item) { return item.at("name") == name; });
    return static_cast<std::size_t>(found - wanted.begin());
  };
  for (const auto item : items_of(stored)) {
    const auto index = index_of(parsed(kubernetes::raw_member(item, "name").value_or("null")));
    if (index == wanted.size() || placed[index]) {
      keep(item, remains_of(item, at), out);
      continue;
    }
    placed[index] = true;
    const auto& want = wanted[index].get_object();
    keep(item, merge_item(item, "listener " + text_of(wanted[index], "name"), want, at, out.left_out), out);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (placed[i]) continue;
    const auto& want = wanted[i].get_object();
    if (out.items.size() >= kMaxListeners) {
      out.left_out.push_back(text_of(wanted[i], "name") + ": " + std::to_string(kMaxListeners) + " are there");
      continue;
    }
    out.items.push_back(fresh_item(want, at));
    out.differs = true;
  }
  return out;
}

MergedList merge_shared(const SharedList& list, std::optional<std::string_view> stored, const json::array& wanted,
                        const MergeTime& at) {
  static const json::value kOurName(json::string_view(api::kControllerName.data(), api::kControllerName.size()));
  MergedList out;
  std::vector<json::value> refs;
  for (const auto& want : wanted) refs.push_back(with_defaults(member(want, list.key)));
  std::vector<bool> placed(wanted.size(), false);
  for (const auto item : items_of(stored)) {
    // Of others' nothing but whose they are is read.
    if (!says(kubernetes::raw_member(item, "controllerName"), kOurName)) {
      out.items.emplace_back(item);
      continue;
    }
    const json::value stored_ref = parsed(kubernetes::raw_member(item, list.key).value_or("null"));
    const json::value ref = with_defaults(&stored_ref);
    const auto index = static_cast<std::size_t>(std::ranges::find(refs, ref) - refs.begin());
    if (index == wanted.size() || placed[index]) {
      const bool newer = is_newer(kubernetes::raw_member(item, "conditions"), at.generation);
      keep(item, newer ? std::optional<std::string>(item) : std::nullopt, out);
      continue;
    }
    placed[index] = true;
    const json::object conditions{{"conditions", list_in(wanted[index].get_object(), "conditions")}};
    keep(item, merge_item(item, name_of(ref), conditions, at, out.left_out), out);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (placed[i]) continue;
    const auto& want = wanted[i].get_object();
    if (out.items.size() >= list.limit) {
      out.left_out.push_back(name_of(refs[i]) + ": " + std::to_string(list.limit) + " are there");
      continue;
    }
    out.items.push_back(fresh_item(want, at));
    out.differs = true;
  }
  return out;
}

}  // namespace sluice::report
