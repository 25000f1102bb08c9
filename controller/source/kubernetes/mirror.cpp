#include "controller/source/kubernetes/mirror.h"

#include "controller/source/kubernetes/resource_version.h"

namespace sluice::kubernetes {

void Mirror::take_news(ParsedObject object) {
  Held& held = held_[object.name];
  std::string version = object.resource_version;
  take(std::move(object), held);
  held.version = std::move(version);
  held.round = round_;
}

Taken Mirror::list_item(std::string_view text) {
  auto object = parse_object(text);
  if (!object) return Taken::kUnreadable;
  // A list may be of an older state of the world than events were (a server that was restored from a backup): what
  // decides is whether the version is another one.
  const auto known = held_.find(object->name);
  if (known != held_.end() && known->second.version == object->resource_version) {
    known->second.round = round_;
    return Taken::kKnown;
  }
  take_news(*std::move(object));
  return Taken::kNews;
}

void Mirror::end_list(std::string version) {
  for (auto entry = held_.begin(); entry != held_.end();) {
    if (entry->second.round == round_) {
      ++entry;
      continue;
    }
    drop(entry->first, entry->second);
    entry = held_.erase(entry);
  }
  version_ = std::move(version);
  listed();
}

void Mirror::advance(const std::string& version) {
  if (!version.empty() && !(compare_versions(version, version_) <= 0)) version_ = version;
}

Taken Mirror::put(std::string_view text) {
  auto object = parse_object(text);
  if (!object) return Taken::kUnreadable;
  const std::string& version = object->resource_version;
  const auto known = held_.find(object->name);
  const bool is_held = known != held_.end() && known->second.version == version;
  if (is_held || compare_versions(version, version_) <= 0) return Taken::kKnown;
  advance(version);
  take_news(*std::move(object));
  return Taken::kNews;
}

Taken Mirror::remove(std::string_view text) {
  const auto object = parse_object(text);
  if (!object) return Taken::kUnreadable;
  const auto known = held_.find(object->name);
  // Of an object that has been made again since, it is an old one.
  const bool is_old = known == held_.end() || compare_versions(object->resource_version, known->second.version) < 0;
  advance(object->resource_version);
  if (is_old) return Taken::kKnown;
  drop(known->first, known->second);
  held_.erase(known);
  return Taken::kNews;
}

Mirror::Held* Mirror::find(const api::NamespacedName& name) {
  const auto known = held_.find(name);
  return known != held_.end() ? &known->second : nullptr;
}

void Mirror::clear() {
  for (auto& [name, held] : held_) drop(name, held);
  held_.clear();
  version_.clear();
}

}  // namespace sluice::kubernetes
