#include <algorithm>
#include <array>
#include <cctype>

#include "userspace/l7/match.h"

namespace sluice::l7 {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986 2.3
bool is_unreserved(char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// A DNS name is all that a listener or a route can name; '_' is seen in the wild, percent-encoding is not a host here.
constexpr std::array<bool, 256> kHostOctet = [] {
  std::array<bool, 256> host{};
  for (unsigned c = 0; c < host.size(); ++c) {
    const auto octet = static_cast<char>(c);
    host[c] = is_alpha(octet) || is_digit(octet) || octet == '-' || octet == '.' || octet == '_';
  }
  return host;
}();

bool is_host_octet(char c) {
  return kHostOctet[static_cast<unsigned char>(c)];
}

bool is_ipv6_octet(char c) {
  return hex(c) >= 0 || c == ':' || c == '.';
}

bool is_port(std::string_view text) {
  if (text.size() > 5 || !std::ranges::all_of(text, is_digit)) return false;
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value <= 65535;
}

// What some backend takes for a separator of segments, once it has decoded the path.
bool is_encoded_separator(std::string_view triplet) {
  return triplet == "%2F" || triplet == "%5C";
}

// path: with triplets in upper case. A segment's parameters (RFC 3986 3.3: after ';') do not make "..;x" another name.
bool has_dot_segment(std::string_view path) {
  for (auto at = path.find('.'); at != std::string_view::npos; at = path.find('.', at + 1)) {
    const bool begins = (at >= 1 && path[at - 1] == '/') || (at >= 3 && is_encoded_separator(path.substr(at - 3, 3)));
    const auto after = path.substr(at + 1).starts_with('.') ? at + 2 : at + 1;
    const bool ends =
        after >= path.size() || path[after] == '/' || path[after] == ';' || is_encoded_separator(path.substr(after, 3));
    if (begins && ends) return true;
    at = after - 1;
  }
  return false;
}

}  // namespace

std::string_view normalize_host(std::string_view authority, char* buffer) {
  std::size_t end = 0;
  if (authority.starts_with('[')) {
    end = authority.find(']');
    if (end == std::string_view::npos || end < 3) return {};
    if (!std::ranges::all_of(authority.substr(1, end - 1), is_ipv6_octet)) return {};
    ++end;
  } else {
    end = std::min(authority.find(':'), authority.size());
    if (!std::ranges::all_of(authority.substr(0, end), is_host_octet)) return {};
  }
  if (end < authority.size() && (authority[end] != ':' || !is_port(authority.substr(end + 1)))) return {};
  if (end > 1 && authority[end - 1] == '.') --end;  // the root's, as canonical_server_name() has it
  std::ranges::transform(authority.substr(0, end), buffer, lower);
  return {buffer, end};
}

std::expected<std::string_view, std::string_view> normalize_path(std::string_view path, char* buffer) {
  std::string_view result = path;
  if (path.find('%') != std::string_view::npos) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] != '%') {
        buffer[out++] = path[i];
        continue;
      }
      if (i + 2 >= path.size() || hex(path[i + 1]) < 0 || hex(path[i + 2]) < 0) {
        return std::unexpected("a percent sign without two hexadecimal digits");
      }
      const char octet = static_cast<char>(hex(path[i + 1]) * 16 + hex(path[i + 2]));
      if (octet == '\0') return std::unexpected("an encoded NUL");
      if (is_unreserved(octet)) {
        buffer[out++] = octet;
      } else {
        buffer[out++] = '%';
        buffer[out++] = static_cast<char>(std::toupper(static_cast<unsigned char>(path[i + 1])));
        buffer[out++] = static_cast<char>(std::toupper(static_cast<unsigned char>(path[i + 2])));
      }
      i += 2;
    }
    result = {buffer, out};
  }
  if (has_dot_segment(result)) return std::unexpected("a dot segment");
  return result;
}

}  // namespace sluice::l7
