#include "controller/source/kubernetes/list_query.h"

#include "controller/source/kubernetes/raw_json.h"

namespace sluice::kubernetes {
namespace {

/// kubernetes.io/docs/reference/using-api/api-concepts, "Receiving resources as Tables", has the form of such a type.
/// No plain JSON as second choice: a server that cannot leave Secrets' contents out shall say so (406).
std::string accepted(const ListQuery& query, std::string_view form) {
  return query.metadata_only ? "application/json;as=" + std::string(form) + ";g=meta.k8s.io;v=v1" : "application/json";
}

HttpRequest request(const ListQuery& query, std::string_view form, std::string parameters) {
  if (!query.label_selector.empty()) parameters += "&labelSelector=" + percent_encoded(query.label_selector);
  HttpRequest out;
  out.target = to_path({query.resource, "", "", ""}) + "?" + parameters;
  out.accept = accepted(query, form);
  return out;
}

/// Text as it is between its quotes: versions and continue tokens have nothing to escape.
std::string unquoted(std::optional<std::string_view> raw) {
  if (!raw || raw->size() < 2 || raw->front() != '"' || raw->find('\\') != std::string_view::npos) return {};
  return std::string(raw->substr(1, raw->size() - 2));
}

}  // namespace

HttpRequest list_request(const ListQuery& query, unsigned limit, const std::string& continue_) {
  std::string parameters = "limit=" + std::to_string(limit);
  if (!continue_.empty()) parameters += "&continue=" + percent_encoded(continue_);
  return request(query, "PartialObjectMetadataList", std::move(parameters));
}

HttpRequest watch_request(const ListQuery& query, const std::string& version, unsigned seconds) {
  return request(query, "PartialObjectMetadata",
                 "watch=1&allowWatchBookmarks=true&resourceVersion=" + percent_encoded(version) +
                     "&timeoutSeconds=" + std::to_string(seconds));
}

std::optional<ListPage> read_list_page(std::string_view body) {
  const auto metadata = raw_member(body, "metadata");
  if (!metadata) return std::nullopt;
  ListPage out{unquoted(raw_member(*metadata, "resourceVersion")), unquoted(raw_member(*metadata, "continue")), {}};
  if (out.version.empty()) return std::nullopt;
  const auto items = raw_member(body, "items");
  if (!items || *items == "null") return items ? std::optional(std::move(out)) : std::nullopt;
  auto all = raw_items(*items);
  if (!all) return std::nullopt;
  out.items = *std::move(all);
  return out;
}

}  // namespace sluice::kubernetes
