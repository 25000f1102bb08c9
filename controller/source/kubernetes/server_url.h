// Where an API server is: the "server" of a kubeconfig.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace sluice::kubernetes {

struct ServerUrl {
  bool tls = true;
  std::string host;    ///< a name, or an IP literal without brackets
  std::string port;    ///< decimal
  std::string prefix;  ///< of every path; empty, or "/k8s/clusters/c-1", without a slash at the end
  bool operator==(const ServerUrl&) const = default;
};

/// Reads https://HOST[:PORT][/PREFIX] or http://…; an IPv6 address stands in brackets. The error says what would do.
std::expected<ServerUrl, std::string> parse_server_url(std::string_view text);

/// "[fd00::1]:6443": what the Host field of a request holds (RFC 9110, 7.2).
std::string authority(const ServerUrl& url);

/// "https://[fd00::1]:6443/prefix"
std::string to_string(const ServerUrl& url);

}  // namespace sluice::kubernetes
