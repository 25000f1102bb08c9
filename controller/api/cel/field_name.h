// How a rule names a field whose name is no identifier of CEL (Kubernetes, "Escaping" of CRD validation rules).
#pragma once

#include <string>
#include <string_view>

namespace sluice::api::cel {

/// "__namespace__" -> "namespace" (a reserved word), "a__dash__b" -> "a-b"; other names as they are.
std::string field_name(std::string_view escaped);

}  // namespace sluice::api::cel
