// Which addresses a Gateway gets (GEP-1762, GEP-5093). In a folder every IP address that it names is a VIP of ours; in
// a cluster those that the pools grant it (controller/address).
#pragma once

#include <expected>
#include <optional>

#include "controller/api/gateway.h"
#include "controller/attach/attach.h"

namespace sluice::attach {

/// An IP address in the one way to write it (RFC 5952 for IPv6); nullopt: it is none.
std::optional<std::string> canonical_address(const std::string& text);

/// What an entry of spec.addresses asks for: an address, canonical, or empty text: any. Errors: why it can have none,
/// wherever it is.
std::expected<std::string, std::string> wanted_address(const api::GatewayAddress& wanted);

struct AddressPlan {
  std::vector<std::string> addresses;  ///< canonical text, sorted, each once
  Condition assigned;                  ///< AddressesAssigned
  std::optional<Refusal> unsupported;  ///< a type that is not ours; the Gateway is then not accepted
};

/// gateway  names what it wants. Without pools an entry without value takes one of the default addresses that no other
///          entry has; with pools all is as its grant says.
AddressPlan plan_addresses(const api::ObjectRef& ref, const api::GatewaySpec& gateway, const AttachOptions& options);

}  // namespace sluice::attach
