#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "tools/sluicectl/explain.h"

namespace sluice::ctl {
namespace {

std::string bytes_of(const std::string& text) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in_addr)};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in6_addr)};
  return {};
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0;
}

}  // namespace

std::expected<SocketAddress, std::string> parse_socket_address(const std::string& text) {
  SocketAddress address;
  const auto colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.ip = bytes_of(host);
  const bool right_form = bracketed == (address.ip.size() == sizeof(in6_addr));
  if (colon == std::string::npos || address.ip.empty() || !right_form ||
      !parse_port(std::string_view(text).substr(colon + 1), address.port)) {
    return std::unexpected("'" + text + "' is no address with a port; 192.0.2.1:5432 or [2001:db8::1]:5432 is one");
  }
  return address;
}

std::expected<SocketAddress, std::string> parse_source_address(const std::string& text) {
  if (auto ip = bytes_of(text); !ip.empty()) return SocketAddress{.ip = std::move(ip), .port = 0};
  return parse_socket_address(text);
}

}  // namespace sluice::ctl
