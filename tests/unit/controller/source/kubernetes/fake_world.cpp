#include "tests/unit/controller/source/kubernetes/fake_world.h"

#include <boost/json.hpp>
#include <set>

#include "controller/source/kubernetes/object_text.h"

namespace sluice::kubernetes {
namespace {

namespace json = boost::json;

/// Whether the operation holds; value: what it changes, an object that has the path's parents.
bool apply(const json::object& operation, json::object& object) {
  std::string path(operation.at("path").as_string());
  json::object* holder = &object;
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', 1)) {
    holder = &holder->at(path.substr(1, slash - 1)).as_object();
    path.erase(0, slash);
  }
  const std::string member = path.substr(1);
  if (operation.at("op") == "test") return holder->contains(member) && holder->at(member) == operation.at("value");
  if (operation.at("op") == "remove") return holder->erase(member) == 1;
  (*holder)[member] = operation.at("value");
  return true;
}

}  // namespace

void FakeWorld::serve(const Resource& resource, const std::string& kind) {
  const std::scoped_lock lock(mutex_);
  served_[resource] = kind;
  held_[to_string(resource)].kind = kind;
}

void FakeWorld::unserve(const Resource& resource) {
  const std::scoped_lock lock(mutex_);
  served_.erase(resource);
  changed_.notify_all();
}

bool FakeWorld::is_served(const Resource& resource) const {
  const std::scoped_lock lock(mutex_);
  return served_.contains(resource);
}

std::optional<std::string> FakeWorld::group(const std::string& group) const {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> versions;
  for (const auto& [resource, kind] : served_) {
    if (resource.group == group) versions.insert(resource.version);
  }
  if (versions.empty()) return std::nullopt;
  json::array list;
  for (const auto& version : versions) {
    std::string both = group;
    list.push_back({{"groupVersion", both.append("/").append(version)}, {"version", version}});
  }
  return json::serialize(json::object{{"kind", "APIGroup"}, {"name", group}, {"versions", list}});
}

std::optional<std::string> FakeWorld::group_version(const std::string& group, const std::string& version) const {
  const std::scoped_lock lock(mutex_);
  json::array list;
  for (const auto& [resource, kind] : served_) {
    if (resource.group != group || resource.version != version) continue;
    list.push_back({{"name", resource.plural}, {"kind", kind}, {"verbs", {"get", "list", "watch", "patch"}}});
    list.push_back({{"name", resource.plural + "/status"}, {"kind", kind}, {"verbs", {"get", "patch"}}});
  }
  if (list.empty()) return std::nullopt;
  return json::serialize(json::object{{"kind", "APIResourceList"}, {"resources", list}});
}

void FakeWorld::tell(Held& held, std::string_view type, const json::object& object) {
  held.events.push_back({version_, json::serialize(json::object{{"type", type}, {"object", object}}) + "\n"});
  changed_.notify_all();
}

std::string FakeWorld::put(const Resource& resource, std::string_view text) {
  const std::scoped_lock lock(mutex_);
  Held& held = held_[to_string(resource)];
  json::object object = json::parse(json::string_view(text.data(), text.size())).as_object();
  json::object& metadata = object["metadata"].as_object();
  ++version_;
  metadata["resourceVersion"] = std::to_string(version_);
  if (!metadata.contains("uid")) metadata["uid"] = "uid-of-" + text_of(metadata, "name");
  json::object& stored = held.objects[{text_of(metadata, "namespace"), text_of(metadata, "name")}];
  const bool is_new = stored.empty();
  stored = std::move(object);
  tell(held, is_new ? "ADDED" : "MODIFIED", stored);
  return std::to_string(version_);
}

FakeWorld::Page FakeWorld::write(const ResourcePath& path, const std::string& text) {
  json::object object = json::parse(text).as_object();
  const std::string name = text_of(object["metadata"].as_object(), "name");
  const std::string version = text_of(object["metadata"].as_object(), "resourceVersion");
  const ResourcePath target{path.resource, path.namespace_, name, ""};
  {
    const std::scoped_lock lock(mutex_);
    json::object* stored = find(target);
    if (path.name.empty() && stored != nullptr)
      return {409, R"({"kind":"Status","code":409,"reason":"AlreadyExists"})"};
    if (!path.name.empty() && stored == nullptr) return {404, R"({"kind":"Status","code":404,"reason":"NotFound"})"};
    if (stored != nullptr && !version.empty() &&
        version != text_of((*stored)["metadata"].as_object(), "resourceVersion"))
      return {409, R"({"kind":"Status","code":409,"reason":"Conflict"})"};
  }
  put(path.resource, text);
  return {path.name.empty() ? 201U : 200U, *get(target)};
}

void FakeWorld::remove(const Resource& resource, const std::string& namespace_, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  Held& held = held_[to_string(resource)];
  const auto found = held.objects.find({namespace_, name});
  if (found == held.objects.end()) return;
  json::object last = std::move(found->second);
  held.objects.erase(found);
  last["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
  tell(held, "DELETED", last);
}

json::object* FakeWorld::find(const ResourcePath& path) {
  auto& objects = held_[to_string(path.resource)].objects;
  const auto found = objects.find({path.namespace_, path.name});
  return found != objects.end() ? &found->second : nullptr;
}

void FakeWorld::changed(const ResourcePath& path, json::object& object) {
  object["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
  tell(held_[to_string(path.resource)], "MODIFIED", object);
}

void FakeWorld::edit(const ResourcePath& path, const std::function<void(json::object&)>& edit) {
  const std::scoped_lock lock(mutex_);
  json::object* object = find(path);
  if (object == nullptr) return;
  edit(*object);
  changed(path, *object);
}

FakeWorld::Page FakeWorld::patch(const ResourcePath& path, const std::string& patch) {
  const std::scoped_lock lock(mutex_);
  json::object* object = find(path);
  if (object == nullptr) return {404, R"({"kind":"Status","code":404,"reason":"NotFound","message":"not found"})"};
  json::object now = *object;
  const json::array operations = json::parse(patch).as_array();
  for (const auto& operation : operations) {
    if (apply(operation.as_object(), now)) continue;
    return {422, R"({"kind":"Status","metadata":{},"status":"Failure","reason":"Invalid","details":{},"code":422,
      "message":"the server rejected our request due to an error in our request"})"};
  }
  if (now != *object) {
    *object = std::move(now);
    changed(path, *object);
  }
  return {200, json::serialize(*object)};
}

void FakeWorld::bookmark(const Resource& resource) {
  const std::scoped_lock lock(mutex_);
  Held& held = held_[to_string(resource)];
  const json::object metadata{{"resourceVersion", std::to_string(++version_)}};
  tell(held, "BOOKMARK", {{"kind", held.kind}, {"metadata", metadata}});
}

void FakeWorld::compact() {
  const std::scoped_lock lock(mutex_);
  compacted_ = ++version_;
  pages_.clear();
  for (auto& [name, held] : held_) held.events.clear();
}

std::optional<std::string> FakeWorld::get(const ResourcePath& path) const {
  const std::scoped_lock lock(mutex_);
  const auto held = held_.find(to_string(path.resource));
  if (held == held_.end()) return std::nullopt;
  const auto found = held->second.objects.find({path.namespace_, path.name});
  if (found == held->second.objects.end()) return std::nullopt;
  return json::serialize(found->second);
}

FakeWorld::Page FakeWorld::list(const Resource& resource, unsigned limit, const std::string& continue_) {
  const std::scoped_lock lock(mutex_);
  Rest rest;
  if (continue_.empty()) {
    rest.version = std::to_string(version_);
    for (const auto& [key, object] : held_[to_string(resource)].objects) rest.items.push_back(json::serialize(object));
  } else if (const auto page = pages_.find(continue_); page != pages_.end()) {
    rest = page->second;
  } else {
    return {
        410,
        R"({"kind":"Status","code":410,"reason":"Expired","message":"The provided continue parameter is too old"})"};
  }
  const std::size_t size = limit == 0 ? rest.items.size() : std::min<std::size_t>(limit, rest.items.size());
  json::object metadata{{"resourceVersion", rest.version}};
  std::string items;
  for (std::size_t i = 0; i < size; ++i) items += (i > 0 ? "," : "") + rest.items[i];
  if (size < rest.items.size()) {
    const std::string token = "page/" + std::to_string(pages_.size());
    pages_[token] = {rest.version, {rest.items.begin() + static_cast<std::ptrdiff_t>(size), rest.items.end()}};
    metadata["continue"] = token;
  }
  return {200, R"({"kind":"List","metadata":)" + json::serialize(metadata) + R"(,"items":[)" + items + "]}"};
}

std::optional<std::vector<FakeWorld::Event>> FakeWorld::events(const Resource& resource, std::uint64_t after,
                                                               const std::function<bool()>& stop) {
  std::unique_lock lock(mutex_);
  std::vector<Event> out;
  for (;;) {
    if (after < compacted_) return std::nullopt;
    for (const Event& event : held_[to_string(resource)].events) {
      if (event.version > after) out.push_back(event);
    }
    if (!out.empty() || stop() || !served_.contains(resource)) return out;
    changed_.wait(lock);
  }
}

/// Under the lock, so that nobody is between its look and its wait.
void FakeWorld::wake() {
  const std::scoped_lock lock(mutex_);
  changed_.notify_all();
}

bool FakeWorld::is_compacted(std::uint64_t version) const {
  const std::scoped_lock lock(mutex_);
  return version < compacted_;
}

std::uint64_t FakeWorld::version() const {
  const std::scoped_lock lock(mutex_);
  return version_;
}

}  // namespace sluice::kubernetes
