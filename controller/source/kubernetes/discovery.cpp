#include "controller/source/kubernetes/discovery.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <vector>

#include "controller/source/kubernetes/object_text.h"

namespace sluice::kubernetes {
namespace {

namespace json = boost::json;
using Names = std::set<std::string>;

ApiError unreadable(const std::string& path) {
  return {ApiErrorKind::kUnreadable, 0, path + ": is no document of discovery", std::nullopt};
}

/// The objects of a list that is a field of the document; nullopt: it is no such document.
std::optional<std::vector<json::object>> objects_in(std::string_view text, std::string_view field) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::object* fields = failed ? nullptr : value.if_object();
  const json::value* list = fields != nullptr ? fields->if_contains(field) : nullptr;
  const json::array* items = list != nullptr ? list->if_array() : nullptr;
  if (items == nullptr) return std::nullopt;
  std::vector<json::object> out;
  for (const json::value& item : *items) {
    if (item.is_object()) out.push_back(item.get_object());
  }
  return out;
}

bool can(const json::object& resource, std::string_view verb) {
  const json::value* verbs = resource.if_contains("verbs");
  if (verbs == nullptr || !verbs->is_array()) return false;
  return std::ranges::any_of(verbs->get_array(), [&](const json::value& one) {
    return one.is_string() && std::string_view(one.get_string()) == verb;
  });
}

/// The versions of a group; none where the group is not served.
ApiClient::Result<Names> versions_of(ApiClient& client, std::string group) {
  if (group.empty()) co_return Names{"v1"};  // the core group has no document of its own
  HttpRequest request;
  request.target = "/apis/" + group;
  auto body = co_await client.call(std::move(request));
  if (!body && body.error().kind == ApiErrorKind::kNotFound) co_return Names{};
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto versions = objects_in(*body, "versions");  // meta/v1, APIGroup
  if (!versions) co_return std::unexpected(unreadable("/apis/" + group));
  Names out;
  for (const json::object& version : *versions) out.insert(text_of(version, "version"));
  co_return out;
}

/// The resources of a group's version that can be listed and watched, by their names in paths.
ApiClient::Result<Names> resources_of(ApiClient& client, std::string group, std::string version) {
  HttpRequest request;
  request.target = (group.empty() ? "/api/" : "/apis/" + group + "/") + version;
  const std::string path = request.target;
  auto body = co_await client.call(std::move(request));
  if (!body && body.error().kind == ApiErrorKind::kNotFound) co_return Names{};
  if (!body) co_return std::unexpected(std::move(body.error()));
  const auto resources = objects_in(*body, "resources");  // meta/v1, APIResourceList
  if (!resources) co_return std::unexpected(unreadable(path));
  Names out;
  for (const json::object& resource : *resources) {
    if (can(resource, "list") && can(resource, "watch")) out.insert(text_of(resource, "name"));
  }
  co_return out;
}

/// Each group and version is asked for once, and only where a kind is not yet found.
class Look {
 public:
  explicit Look(ApiClient& client) : client_(client) {}

  boost::asio::awaitable<std::optional<ApiError>> find(const WatchedKind& kind, Served& out) {
    const std::string group(kind.group);
    if (!versions_.contains(group)) {
      auto versions = co_await versions_of(client_, group);
      if (!versions) co_return std::move(versions.error());
      versions_[group] = std::move(*versions);
    }
    for (const std::string& version : readable_versions(kind)) {
      if (!versions_[group].contains(version)) continue;
      const std::pair key(group, version);
      if (!resources_.contains(key)) {
        auto resources = co_await resources_of(client_, group, version);
        if (!resources) co_return std::move(resources.error());
        resources_[key] = std::move(*resources);
      }
      if (!resources_[key].contains(std::string(kind.plural))) continue;
      out[std::string(kind.kind)] = {group, version, std::string(kind.plural)};
      break;
    }
    co_return std::nullopt;
  }

 private:
  ApiClient& client_;
  std::map<std::string, Names> versions_;
  std::map<std::pair<std::string, std::string>, Names> resources_;
};

}  // namespace

ApiClient::Result<Served> discover(ApiClient& client) {
  Look look(client);
  Served out;
  for (const WatchedKind& kind : watched_kinds()) {
    auto failed = co_await look.find(kind, out);
    if (failed) co_return std::unexpected(std::move(*failed));
  }
  co_return out;
}

}  // namespace sluice::kubernetes
