// What a node needs of its files to reach the controller: read anew each time, since both rotate.
#pragma once

#include <expected>
#include <string>

namespace sluice::subscribe {

/// The token, without the line's end. Error: names the file, never shows any of the token.
std::expected<std::string, std::string> read_token(const std::string& file);

/// Certificates in PEM. Error: names the file.
std::expected<std::string, std::string> read_authorities(const std::string& file);

/// "sluice-controller.sluice-system.svc:8443", "[::1]:8443" -> the host.
std::string host_of(const std::string& address);

}  // namespace sluice::subscribe
