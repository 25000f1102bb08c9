#include "controller/source/foreign_gateway.h"

#include "controller/api/controller_name.h"

namespace sluice::source {

std::vector<Notice> notices_of_foreign_gateways(const api::ObjectSet& objects) {
  std::vector<Notice> out;
  for (const auto& [name, gateway] : objects.gateways) {
    const std::string& class_name = gateway->spec.gateway_class_name;
    const auto found = objects.gateway_classes.find({"", class_name});
    const bool exists = found != objects.gateway_classes.end();
    if (exists ? found->second->spec.controller_name == api::kControllerName : class_name == api::kBuiltInClass)
      continue;
    std::string what = "is skipped: GatewayClass " + class_name;
    what += exists ? " is of controller " + found->second->spec.controller_name : " is not in the folder";
    const api::ObjectRef ref{std::string(api::Gateway::kKind), name.namespace_, name.name};
    const auto origin = objects.origins.find(ref);
    const api::Origin place = origin != objects.origins.end() ? origin->second : api::Origin();
    out.push_back({.file = place.file, .line = place.line, .object = to_string(ref), .what = std::move(what)});
  }
  return out;
}

}  // namespace sluice::source
