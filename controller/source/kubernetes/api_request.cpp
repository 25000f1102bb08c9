#include "controller/source/kubernetes/api_request.h"

#include <utility>

namespace sluice::kubernetes {
namespace {

constexpr std::string_view kJson = "application/json";

ApiRequest request(HttpMethod method, ResourcePath path, std::string_view type, std::string body) {
  return {.method = method, .path = std::move(path), .content_type = std::string(type), .body = std::move(body)};
}

}  // namespace

ApiRequest get(ResourcePath path) {
  return request(HttpMethod::kGet, std::move(path), "", "");
}

ApiRequest create(ResourcePath path, std::string object) {
  return request(HttpMethod::kPost, std::move(path), kJson, std::move(object));
}

ApiRequest update(ResourcePath path, std::string object) {
  return request(HttpMethod::kPut, std::move(path), kJson, std::move(object));
}

ApiRequest patch(ResourcePath path, const JsonPatch& patch) {
  return request(HttpMethod::kPatch, std::move(path), kJsonPatchType, patch.text());
}

ApiRequest remove(ResourcePath path) {
  return request(HttpMethod::kDelete, std::move(path), "", "");
}

ResourcePath status_of(ResourcePath path) {
  path.subresource = "status";
  return path;
}

}  // namespace sluice::kubernetes
