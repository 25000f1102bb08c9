#include "controller/source/kubernetes/server_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice::kubernetes {
namespace {

constexpr std::string_view kForms = "must be https://HOST[:PORT][/PREFIX]";

std::unexpected<std::string> refuse(std::string_view text, std::string_view why) {
  return std::unexpected("\"" + std::string(text) + "\"; " + std::string(why));
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool is_host(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

/// Splits HOST[:PORT]; false where it is neither.
bool read_authority(std::string_view text, ServerUrl& out) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    out.host = text.substr(1, end - 1);
    if (!is_ipv6(out.host)) return false;
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    out.host = text.substr(0, colon);
    if (!is_host(out.host)) return false;
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) {
    out.port = out.tls ? "443" : "80";
    return true;
  }
  if (!port.starts_with(':') || !is_port(port.substr(1))) return false;
  out.port = port.substr(1);
  return true;
}

}  // namespace

std::expected<ServerUrl, std::string> parse_server_url(std::string_view text) {
  ServerUrl out;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    out.tls = false;
  } else {
    return refuse(text, kForms);
  }
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos) out.prefix = rest.substr(slash);
  while (out.prefix.ends_with('/')) out.prefix.pop_back();
  const auto breaks_a_target = [](unsigned char c) { return c <= ' ' || c >= 0x7f || c == '?' || c == '#'; };
  if (std::ranges::any_of(out.prefix, breaks_a_target)) return refuse(text, kForms);
  if (rest.substr(0, slash).find('@') != std::string_view::npos) {
    return refuse(text, "a user in the address is not supported; use a token or a client certificate");
  }
  if (!read_authority(rest.substr(0, slash), out)) {
    return refuse(text, std::string(kForms) + ", an IPv6 address in brackets");
  }
  return out;
}

std::string authority(const ServerUrl& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  return (v6 ? "[" + url.host + "]" : url.host) + ":" + url.port;
}

std::string to_string(const ServerUrl& url) {
  return (url.tls ? "https://" : "http://") + authority(url) + url.prefix;
}

}  // namespace sluice::kubernetes
