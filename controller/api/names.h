// Kubernetes' forms of names (k8s.io/apimachinery/pkg/util/validation).
#pragma once

#include <string_view>

namespace sluice::api {

/// RFC 1123 label: at most 63 of a-z, 0-9 and '-', which neither begins nor ends it.
bool is_dns_label(std::string_view text);
/// RFC 1123 subdomain: labels of any length joined by '.', at most 253 characters.
bool is_dns_subdomain(std::string_view text);
/// Of a label or annotation: [subdomain/]name; name at most 63 of A-Z, a-z, 0-9, '-', '_' and '.'.
bool is_qualified_name(std::string_view text);
/// Of a label: empty, or as the name of a qualified name.
bool is_label_value(std::string_view text);

}  // namespace sluice::api
