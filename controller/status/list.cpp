#include <algorithm>
#include <boost/json.hpp>

#include "controller/api/json.h"
#include "controller/api/kinds.h"
#include "controller/attach/attach.h"
#include "controller/status/status.h"

namespace sluice::status {
namespace {

namespace json = boost::json;

template <class T>
constexpr bool kOfGatewayApi = api::KindOf<T>::kApiVersion == api::kGatewayV1;

/// The GatewayClass that needs no file.
json::object built_in_class(const api::ObjectRef& ref) {
  return {{"apiVersion", api::kGatewayV1},
          {"kind", api::GatewayClass::kKind},
          {"metadata", json::object{{"name", ref.name}, {"generation", 1}}},
          {"spec", json::object{{"controllerName", attach::kControllerName}}}};
}

std::optional<json::object> body_of(const api::ObjectSet& objects, const attach::Graph& graph,
                                    const api::ObjectRef& ref) {
  std::optional<json::object> body;
  api::Kinds::for_each([&]<class T>() {
    if constexpr (kOfGatewayApi<T>) {
      if (ref.kind != T::kKind) return;
      const auto& all = objects.*api::KindOf<T>::kMember;
      if (const auto found = all.find({ref.namespace_, ref.name}); found != all.end())
        body = api::to_json(*found->second);
    }
  });
  if (!body && ref.kind == api::GatewayClass::kKind && graph.gateway_classes.contains({"", ref.name})) {
    body = built_in_class(ref);
  }
  return body;
}

}  // namespace

std::optional<json::object> object_of(const api::ObjectSet& objects, const attach::Graph& graph,
                                      const api::ObjectRef& ref, const Moment& moment) {
  auto body = body_of(objects, graph, ref);
  if (!body) return std::nullopt;
  if (moment.history != nullptr) body->at("metadata").as_object()["generation"] = moment.history->generation(ref);
  if (auto status = status_of(graph, ref, moment)) (*body)["status"] = *std::move(status);
  return body;
}

std::vector<api::ObjectRef> listed(const api::ObjectSet& objects, const attach::Graph& graph) {
  std::vector<api::ObjectRef> refs;
  api::Kinds::for_each([&]<class T>() {
    if constexpr (kOfGatewayApi<T>) {
      for (const auto& [name, object] : objects.*api::KindOf<T>::kMember) {
        refs.push_back({std::string(T::kKind), name.namespace_, name.name});
      }
    }
  });
  for (const auto& [name, result] : graph.gateway_classes) {
    if (!result.gateway_class) refs.push_back(result.ref);
  }
  std::ranges::sort(refs);
  return refs;
}

json::object list(const api::ObjectSet& objects, const attach::Graph& graph, const Moment& moment) {
  json::array items;
  for (const auto& ref : listed(objects, graph)) {
    if (auto object = object_of(objects, graph, ref, moment)) items.push_back(*std::move(object));
  }
  return {{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
}

}  // namespace sluice::status
