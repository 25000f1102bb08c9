#include "sluice/references.h"

namespace sluice::model {
namespace {

template <class Backends>
void add_backends(const Backends& backends, std::vector<std::string_view>& names) {
  for (const auto& backend : backends) names.push_back(backend.backend());
}

void add_frontend(const v1::Frontend& frontend, std::vector<std::string_view>& names) {
  switch (frontend.table_case()) {
    case v1::Frontend::kL4:
      names.push_back(frontend.l4());
      break;
    case v1::Frontend::kSni:
      names.push_back(frontend.sni());
      break;
    case v1::Frontend::kHttp:
      names.push_back(frontend.http());
      break;
    case v1::Frontend::TABLE_NOT_SET:
      break;
  }
  for (const auto& key : frontend.tls().keys()) names.push_back(key);
}

}  // namespace

std::vector<std::string_view> references(const v1::Resource& resource) {
  std::vector<std::string_view> names;
  switch (resource.content_case()) {
    case v1::Resource::kFrontend:
      add_frontend(resource.frontend(), names);
      break;
    case v1::Resource::kL4:
      add_backends(resource.l4().backends(), names);
      break;
    case v1::Resource::kSni:
      for (const auto& entry : resource.sni().entries()) add_backends(entry.backends(), names);
      break;
    case v1::Resource::kHttp:
      for (const auto& host : resource.http().hosts()) names.push_back(host.host());
      break;
    case v1::Resource::kHost:
      for (const auto& action : resource.host().actions()) add_backends(action.backends(), names);
      if (!resource.host().next().empty()) names.push_back(resource.host().next());
      break;
    case v1::Resource::kBackend:
      if (!resource.backend().endpoints().empty()) names.push_back(resource.backend().endpoints());
      break;
    case v1::Resource::kEndpoints:
    case v1::Resource::kKey:
    case v1::Resource::kVip:
    case v1::Resource::kNodeSource:
    case v1::Resource::CONTENT_NOT_SET:
      break;
  }
  return names;
}

}  // namespace sluice::model
