#include "controller/api/schema/endpoint_address.h"

#include <arpa/inet.h>

#include <boost/json.hpp>
#include <optional>

#include "controller/api/names.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

/// The address as IPv6, IPv4 mapped into it.
std::optional<in6_addr> parse(bool v6, const std::string& text) {
  in6_addr out{};
  if (v6) return inet_pton(AF_INET6, text.c_str(), &out) == 1 ? std::optional(out) : std::nullopt;
  out.s6_addr[10] = out.s6_addr[11] = 0xff;
  return inet_pton(AF_INET, text.c_str(), &out.s6_addr[12]) == 1 ? std::optional(out) : std::nullopt;
}

/// Why no endpoint can have this address; empty where one can.
std::string_view special(bool v6, const in6_addr& address) {
  const unsigned char* v4 = &address.s6_addr[12];
  if (v6) {
    if (IN6_IS_ADDR_V4MAPPED(&address)) return "is IPv4; it needs addressType IPv4";
    if (IN6_IS_ADDR_UNSPECIFIED(&address)) return "may not be unspecified (::)";
    if (IN6_IS_ADDR_LOOPBACK(&address)) return "may not be loopback (::1)";
    if (IN6_IS_ADDR_LINKLOCAL(&address)) return "may not be link-local (fe80::/10)";
    return IN6_IS_ADDR_MC_LINKLOCAL(&address) ? "may not be link-local multicast (ff02::/16)" : "";
  }
  if ((v4[0] | v4[1] | v4[2] | v4[3]) == 0) return "may not be unspecified (0.0.0.0)";
  if (v4[0] == 127) return "may not be loopback (127.0.0.0/8)";
  if (v4[0] == 169 && v4[1] == 254) return "may not be link-local (169.254.0.0/16)";
  return v4[0] == 224 && v4[1] == 0 && v4[2] == 0 ? "may not be link-local multicast (224.0.0.0/24)" : "";
}

void check_address(std::string_view type, const json::value& value, const Place& place, SchemaErrors& errors) {
  const std::string text(value.get_string());
  if (type == "FQDN") {
    if (!is_dns_subdomain(text)) errors.add_value(place, value, "must be a host name");
    return;
  }
  const bool v6 = type == "IPv6";
  const auto address = text.find('\0') == std::string::npos ? parse(v6, text) : std::nullopt;
  if (!address) return errors.add_value(place, value, "must be an " + std::string(type) + " address");
  if (const std::string_view why = special(v6, *address); !why.empty())
    errors.add_value(place, value, std::string(why));
}

}  // namespace

void check_endpoint_addresses(const json::object& slice, SchemaErrors& errors) {
  const json::value* type = slice.if_contains("addressType");
  const json::value* endpoints = slice.if_contains("endpoints");
  if (type == nullptr || endpoints == nullptr) return;
  const Place root;
  const Place list = root.field("endpoints");
  const json::array& items = endpoints->get_array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const json::value* addresses = items[i].get_object().if_contains("addresses");
    if (addresses == nullptr) continue;
    const Place item = list.item(i);
    const Place field = item.field("addresses");
    for (std::size_t k = 0; k < addresses->get_array().size(); ++k) {
      check_address(type->get_string(), addresses->get_array()[k], field.item(k), errors);
    }
  }
}

}  // namespace sluice::api
