#include "controller/status/history.h"

#include <array>
#include <boost/json.hpp>
#include <optional>

#include "controller/api/json.h"

namespace sluice::status {
namespace {

namespace json = boost::json;

std::optional<api::AnyObject> find(const api::ObjectSet& objects, const api::ObjectRef& ref) {
  std::optional<api::AnyObject> object;
  api::Kinds::for_each([&]<class T>() {
    if (ref.kind != T::kKind) return;
    const auto& all = objects.*api::KindOf<T>::kMember;
    if (const auto found = all.find({ref.namespace_, ref.name}); found != all.end()) object = found->second;
  });
  return object;
}

/// Everything but the metadata: for most kinds the spec, for the others what the API server counts changes of.
json::object without_metadata(const api::AnyObject& object) {
  json::object out = std::visit([](const auto& typed) { return api::to_json(*typed); }, object);
  out.erase("metadata");
  return out;
}

/// What tells the items of a list in a status apart: conditions, listeners, parents, ancestors.
const json::value* key_of(const json::value& item) {
  if (!item.is_object()) return nullptr;
  static constexpr std::array kKeys = {"parentRef", "ancestorRef", "name", "type"};
  for (const char* key : kKeys) {
    if (const auto* found = item.get_object().if_contains(key)) return found;
  }
  return nullptr;
}

const json::value* same_item(const json::value* before, const json::value& item) {
  const json::value* key = key_of(item);
  if (before == nullptr || !before->is_array() || key == nullptr) return nullptr;
  for (const auto& candidate : before->get_array()) {
    const json::value* other = key_of(candidate);
    if (other != nullptr && *other == *key) return &candidate;
  }
  return nullptr;
}

void keep_times(json::value& now, const json::value* before) {
  if (auto* items = now.if_array()) {
    for (auto& item : *items) keep_times(item, same_item(before, item));
    return;
  }
  auto* fields = now.if_object();
  const auto* earlier = before == nullptr ? nullptr : before->if_object();
  if (fields == nullptr || earlier == nullptr) return;
  if (fields->contains("lastTransitionTime") && earlier->contains("lastTransitionTime")) {
    if (fields->at("status") == earlier->at("status")) {
      fields->at("lastTransitionTime") = earlier->at("lastTransitionTime");
    }
    return;
  }
  for (auto& field : *fields) keep_times(field.value(), earlier->if_contains(field.key()));
}

}  // namespace

void History::record(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed) {
  for (const auto& ref : changed) {
    auto object = find(objects, ref);
    if (!object) {
      objects_.erase(ref);
      statuses_.erase(ref);
      continue;
    }
    const auto [known, added] = objects_.try_emplace(ref, Known{*object});
    if (added) continue;
    if (without_metadata(known->second.object) != without_metadata(*object)) ++known->second.generation;
    known->second.object = *std::move(object);
  }
}

std::int64_t History::generation(const api::ObjectRef& ref) const {
  const auto known = objects_.find(ref);
  return known == objects_.end() ? 1 : known->second.generation;
}

void History::stamp(const api::ObjectRef& ref, json::object& status) {
  json::value stamped(std::move(status));
  const auto known = statuses_.find(ref);
  if (known != statuses_.end()) {
    const json::value before(known->second);
    keep_times(stamped, &before);
  }
  status = std::move(stamped.get_object());
  statuses_[ref] = status;
}

}  // namespace sluice::status
