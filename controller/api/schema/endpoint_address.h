// Addresses of an EndpointSlice, by its addressType.
#pragma once

#include <boost/json/fwd.hpp>

#include "controller/api/schema/error.h"

namespace sluice::api {

/// As Kubernetes checks them (pkg/apis/discovery/validation, ValidateEndpointSliceCreate): IPv4 and IPv6 addresses in
/// their canonical text, neither unspecified nor loopback nor link-local, and names (FQDN).
void check_endpoint_addresses(const boost::json::object& slice, SchemaErrors& errors);

}  // namespace sluice::api
