// What RFC 9110 and RFC 9112 demand of a head beyond its grammar, and where we are stricter: each rule is a line of the
// table in tests/unit/userspace/l7/http1_strict_test.cpp.
#include <algorithm>
#include <array>

#include "userspace/l7/http1_parser.h"

namespace sluice::l7 {
namespace {

bool refuse(Refusal& refusal, Reason reason, std::string_view rule) {
  refusal = {reason, rule};
  return false;
}

// RFC 9110 5.6.2
constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> token{};
  for (char c = '0'; c <= '9'; ++c) token[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c)
    token[static_cast<unsigned char>(c)] = token[static_cast<unsigned char>(c - 32)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) token[static_cast<unsigned char>(c)] = true;
  return token;
}();

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

// Visible ASCII; a fragment never travels, and backends disagree on whether a backslash separates segments.
bool is_target(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool parse_length(std::string_view text, std::uint64_t& length) {
  if (text.empty() || text.size() > 18) return false;
  length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

/// What one pass over the fields finds.
struct Findings {
  std::size_t hosts = 0;
  std::string_view host;
  std::size_t lengths = 0;
  std::string_view length;
  std::size_t codings = 0;
  std::string_view coding;
  std::string_view expect;
  std::string_view upgrade;
  bool connection_close = false;
  bool connection_keep_alive = false;
  bool connection_upgrade = false;
  bool has_date = false;
};

void read_connection(Head& head, std::string_view value, Findings& found) {
  each_token(value, [&](std::string_view token) {
    if (equals_ignoring_case(token, "close")) {
      found.connection_close = true;
    } else if (equals_ignoring_case(token, "keep-alive")) {
      found.connection_keep_alive = true;
    } else if (equals_ignoring_case(token, "upgrade")) {
      found.connection_upgrade = true;
    } else {
      head.nominates = true;
    }
  });
}

Findings survey(Head& head) {
  Findings found;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const std::string_view value = head.fields[i].value;
    switch (head.ids[i]) {
      case FieldId::kHost:
        found.host = value, ++found.hosts;
        break;
      case FieldId::kContentLength:
        found.length = value, ++found.lengths;
        break;
      case FieldId::kTransferEncoding:
        found.coding = value, ++found.codings;
        break;
      case FieldId::kConnection:
        read_connection(head, value, found);
        break;
      case FieldId::kExpect:
        found.expect = value;
        break;
      case FieldId::kUpgrade:
        found.upgrade = value;
        break;
      case FieldId::kDate:
        found.has_date = true;
        break;
      default:
        break;
    }
  }
  head.close = found.connection_close || (head.minor_version == 0 && !found.connection_keep_alive);
  return found;
}

// RFC 9112 6.1-6.3. A length that two readers could read differently is refused, even where a list of equal values or a
// Transfer-Encoding that overrides Content-Length would be allowed.
bool read_framing(Head& head, const Findings& found, Refusal& refusal) {
  if (found.codings > 0) {
    if (found.lengths > 0) return refuse(refusal, Reason::kBadFraming, "Transfer-Encoding with Content-Length");
    if (head.minor_version == 0) return refuse(refusal, Reason::kBadFraming, "Transfer-Encoding in HTTP/1.0");
    if (found.codings > 1) return refuse(refusal, Reason::kBadFraming, "repeated Transfer-Encoding");
    if (!equals_ignoring_case(found.coding, "chunked")) {
      return refuse(refusal, Reason::kCodingUnknown, "a transfer coding other than chunked");
    }
    head.framing = {.kind = BodyKind::kChunked};
    return true;
  }
  if (found.lengths == 0) return true;
  if (found.lengths > 1) return refuse(refusal, Reason::kBadFraming, "repeated Content-Length");
  std::uint64_t length = 0;
  if (!parse_length(found.length, length))
    return refuse(refusal, Reason::kBadFraming, "Content-Length is not a number");
  head.framing = {.kind = BodyKind::kLength, .length = length};
  return true;
}

// "80" is the default of the http scheme, and many clients spell it in one place only.
std::string_view without_default_port(std::string_view authority) {
  if (authority.ends_with(":80")) authority.remove_suffix(3);
  if (authority.ends_with(":443")) authority.remove_suffix(4);
  return authority;
}

bool split_path(RequestHead& head, std::string_view origin, Refusal& refusal) {
  const auto mark = origin.find('?');
  head.path = origin.substr(0, mark);
  head.has_query = mark != std::string_view::npos;
  if (head.has_query) head.query = origin.substr(mark + 1);
  if (head.path.find('\\') != std::string_view::npos) {
    return refuse(refusal, Reason::kBadTarget, "a backslash in the path");
  }
  return true;
}

// RFC 9112 3.2: origin-form, absolute-form (an authority that Host must repeat), asterisk-form for OPTIONS alone.
bool read_target(RequestHead& head, std::string_view host, Refusal& refusal) {
  head.authority = host;
  if (head.target.starts_with('/')) return split_path(head, head.target, refusal);
  if (head.target == "*") {
    if (head.method != "OPTIONS") return refuse(refusal, Reason::kBadTarget, "* is a target for OPTIONS alone");
    head.path = "*";
    return true;
  }
  const auto colon = head.target.find("://");
  const std::string_view scheme = head.target.substr(0, colon == std::string_view::npos ? 0 : colon);
  head.https = equals_ignoring_case(scheme, "https");
  if (!head.https && !equals_ignoring_case(scheme, "http")) {
    return refuse(refusal, Reason::kBadTarget, "the target is neither a path nor an http URI");
  }
  const std::string_view rest = head.target.substr(colon + 3);
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (!host.empty() && !equals_ignoring_case(without_default_port(authority), without_default_port(host))) {
    return refuse(refusal, Reason::kBadHost, "Host differs from the target's authority");
  }
  head.authority = authority;
  if (!split_path(head, rest.substr(end), refusal)) return false;
  // An absolute form without a path is that of "*" (RFC 9112 3.2.4).
  if (head.path.empty()) head.path = head.method == "OPTIONS" && !head.has_query ? "*" : "/";
  return true;
}

bool check_authority(const RequestHead& head, const Findings& found, Refusal& refusal) {
  if (found.hosts > 1) return refuse(refusal, Reason::kBadHost, "repeated Host");
  if (found.hosts == 0 && head.minor_version >= 1) return refuse(refusal, Reason::kBadHost, "no Host in HTTP/1.1");
  if (found.hosts == 0) return true;
  std::array<char, 1024> buffer;
  if (found.host.size() > buffer.size() || normalize_host(found.host, buffer.data()).empty()) {
    return refuse(refusal, Reason::kBadHost, "Host is not an authority");
  }
  return true;
}

bool check_absolute(const RequestHead& head, Refusal& refusal) {
  if (head.target.starts_with('/') || head.target == "*") return true;
  std::array<char, 1024> buffer;
  if (head.authority.size() > buffer.size() || normalize_host(head.authority, buffer.data()).empty()) {
    return refuse(refusal, Reason::kBadHost, "the target's authority is malformed");
  }
  return true;
}

}  // namespace

bool split_request_line(std::string_view line, RequestHead& head, Refusal& refusal) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos) return refuse(refusal, Reason::kBadRequest, "the request line has no target");
  head.method = line.substr(0, first);
  if (!is_token(head.method)) return refuse(refusal, Reason::kBadRequest, "the method is not a token");
  const std::string_view version = line.substr(last + 1);
  if (first == last) return refuse(refusal, Reason::kBadRequest, "the request line has no version");
  head.target = line.substr(first + 1, last - first - 1);
  if (!is_target(head.target)) return refuse(refusal, Reason::kBadTarget, "the target has an octet that no URI has");
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.' || version[5] < '0' ||
      version[5] > '9' || version[7] < '0' || version[7] > '9') {
    return refuse(refusal, Reason::kBadRequest, "the version is malformed");
  }
  if (version[5] == '0') return refuse(refusal, Reason::kBadRequest, "HTTP/0.9 has no request heads");
  if (version[5] != '1') return refuse(refusal, Reason::kVersionRefused, "not HTTP/1.x");
  head.minor_version = version[7] == '0' ? 0 : 1;
  return true;
}

bool apply_request_rules(RequestHead& head, Refusal& refusal) {
  const Findings found = survey(head);
  if (!read_framing(head, found, refusal)) return false;
  if (head.method == "CONNECT") return refuse(refusal, Reason::kConnectRefused, "CONNECT");
  if (!check_authority(head, found, refusal)) return false;
  if (!read_target(head, found.host, refusal) || !check_absolute(head, refusal)) return false;
  if (!found.expect.empty() && head.minor_version >= 1) {
    if (!equals_ignoring_case(found.expect, "100-continue")) {
      return refuse(refusal, Reason::kUnknownExpectation, "Expect is not 100-continue");
    }
    head.expects_continue = head.framing.kind != BodyKind::kNone;
  }
  // Java's client offers h2c on its first request and is content to be ignored (RFC 9110 7.8); who asks for anything
  // else cannot go on without it.
  if (found.connection_upgrade && !found.upgrade.empty() && !equals_ignoring_case(found.upgrade, "h2c")) {
    return refuse(refusal, Reason::kUpgradeRefused, "Upgrade");
  }
  return true;
}

bool apply_http2_request_rules(RequestHead& head, Refusal& refusal) {
  if (head.method == "CONNECT") return refuse(refusal, Reason::kConnectRefused, "CONNECT");
  if (!is_token(head.method)) return refuse(refusal, Reason::kBadRequest, "the method is not a token");
  if (!is_target(head.target)) return refuse(refusal, Reason::kBadTarget, "the target has an octet that no URI has");
  return apply_request_rules(head, refusal);
}

bool split_status_line(std::string_view line, ResponseHead& head, Refusal& refusal) {
  const auto bad = [&](std::string_view rule) { return refuse(refusal, Reason::kUpstreamInvalid, rule); };
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return bad("not an HTTP/1 status line");
  if (line[7] < '0' || line[7] > '9') return bad("not an HTTP/1 status line");
  head.minor_version = line[7] == '0' ? 0 : 1;
  std::uint16_t status = 0;
  for (const char c : line.substr(9, 3)) {
    if (c < '0' || c > '9') return bad("the status is not a number");
    status = static_cast<std::uint16_t>(status * 10 + (c - '0'));
  }
  if (status < 100 || (line.size() > 12 && line[12] != ' ')) return bad("the status is not of three digits");
  head.status = status;
  if (line.size() > 13) head.reason_phrase = line.substr(13);
  const bool printable = std::ranges::all_of(head.reason_phrase, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
  });
  return printable || bad("a control character in the reason phrase");
}

bool apply_response_rules(ResponseHead& head, std::string_view request_method, Refusal& refusal) {
  const Findings found = survey(head);
  head.has_date = found.has_date;
  if (head.status == 101)
    return refuse(refusal, Reason::kUpstreamInvalid, "a switch of protocols that was not asked for");
  if (!read_framing(head, found, refusal)) return refuse(refusal, Reason::kUpstreamInvalid, refusal.rule);
  // RFC 9112 6.1: a 304, like the answer to HEAD, may say how its body would have been coded; these two may not.
  const bool never_has_body = head.status < 200 || head.status == 204;
  if (never_has_body && head.framing.kind == BodyKind::kChunked) {
    return refuse(refusal, Reason::kUpstreamInvalid, "Transfer-Encoding where there is no body");
  }
  if (never_has_body || head.status == 304 || request_method == "HEAD") {
    head.framing = {};
  } else if (head.framing.kind == BodyKind::kNone) {
    head.framing = {.kind = BodyKind::kUntilClose};
  }
  return true;
}

}  // namespace sluice::l7
