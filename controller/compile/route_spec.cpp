#include "controller/compile/route_spec.h"

#include "controller/compile/names.h"

namespace sluice::compile {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::span<const std::string> hostnames_of(const attach::RouteResult& route) {
  return std::visit(
      [](const auto& object) -> std::span<const std::string> {
        if constexpr (requires { object->spec.hostnames; }) return object->spec.hostnames;
        return {};
      },
      route.route);
}

std::span<const api::BackendRef> backend_refs_of(const attach::RouteResult& route, std::size_t rule) {
  return std::visit(
      [rule](const auto& object) -> std::span<const api::BackendRef> {
        if (rule >= object->spec.rules.size()) return {};
        return object->spec.rules[rule].backend_refs;
      },
      route.route);
}

model::v1::ObjectRef rule_ref(const attach::RouteResult& route, std::size_t rule) {
  const std::string section = std::visit(
      [rule](const auto& object) {
        return rule < object->spec.rules.size() ? object->spec.rules[rule].name.value_or("") : std::string();
      },
      route.route);
  return object_ref(route.ref, section);
}

}  // namespace sluice::compile
