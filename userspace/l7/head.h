// Heads of messages as received: views into one buffer that stays as it is until the exchange ends (retries, logs and
// explain read it). Fields that mean something to a gateway carry an id, found once, when they are parsed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "userspace/l7/match.h"

namespace sluice::l7 {

/// What a field is to a gateway. kOther goes through; the rest is read, replaced or left out.
enum class FieldId : std::uint8_t {
  kOther,
  kHost,
  kContentLength,
  kTransferEncoding,
  kConnection,
  kKeepAlive,
  kProxyConnection,
  kTe,
  kTrailer,
  kUpgrade,
  kHttp2Settings,
  kExpect,
  kVia,
  kDate,
  kForwarding,  ///< Forwarded, X-Forwarded-*, X-Real-IP: the client's word for what we know ourselves
  kAlias,       ///< spelled with '_' where one of the above has '-': a CGI-like backend would take it for that one
};

FieldId identify(std::string_view name);

/// Whether a field may stand behind a body: nothing that frames, routes or authenticates a message (RFC 9110 6.5.1).
bool may_trail(std::string_view name);

/// How the end of a body is known (RFC 9112 6.3).
enum class BodyKind : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

struct Framing {
  BodyKind kind = BodyKind::kNone;
  std::uint64_t length = 0;  ///< kLength only
};

/// What both heads have. `lines` holds exactly the field lines, each with its CRLF, without the empty line: a run of
/// lines that nothing edits is copied as it stands.
struct Head {
  std::vector<Field> fields;
  std::vector<FieldId> ids;  ///< of fields, by position
  std::string_view lines;
  std::uint8_t minor_version = 1;  ///< HTTP/1.minor; a higher minor is read as 1
  bool http2 = false;              ///< it came by HTTP/2; to all else it is one of HTTP/1.1
  Framing framing;
  bool close = false;      ///< Connection: close, or HTTP/1.0 without keep-alive
  bool nominates = false;  ///< Connection names other fields: hop by hop, too (RFC 9110 7.6.1)

  /// Nothing follows the head: no framing, or a length of 0.
  [[nodiscard]] bool bodiless() const {
    return framing.kind == BodyKind::kNone || (framing.kind == BodyKind::kLength && framing.length == 0);
  }

  void clear() {
    fields.clear();
    ids.clear();
    lines = {};
    minor_version = 1;
    http2 = false;
    framing = {};
    close = nominates = false;
  }

  /// The line of field i with its CRLF.
  [[nodiscard]] std::string_view line(std::size_t i) const {
    const char* begin = fields[i].name.data();
    const char* end = i + 1 < fields.size() ? fields[i + 1].name.data() : lines.data() + lines.size();
    return {begin, end};
  }
};

struct RequestHead : Head {
  std::string_view method;
  std::string_view target;     ///< as received
  std::string_view authority;  ///< Host as received, or the target's in absolute form; "" for HTTP/1.0 without Host
  std::string_view path;       ///< of the target, as received; "*" for OPTIONS *
  std::string_view query;      ///< without '?'
  bool has_query = false;      ///< "/a?" has an empty one
  bool https = false;          ///< the target is an https URI, in absolute form
  bool expects_continue = false;
  bool grpc = false;  ///< a call of gRPC, by its Content-Type; HTTP/2 alone
};

struct ResponseHead : Head {
  std::uint16_t status = 0;
  std::string_view reason_phrase;
  bool has_date = false;
};

/// True when a token of the Connection fields is `name`.
bool is_nominated(const Head& head, std::string_view name);

/// Calls visit(token) for each element of a comma-separated list, without surrounding space; empty ones are left out.
template <class Visit>
void each_token(std::string_view list, Visit&& visit) {
  while (!list.empty()) {
    const auto end = list.find(',');
    std::string_view token = list.substr(0, end);
    while (!token.empty() && (token.front() == ' ' || token.front() == '\t')) token.remove_prefix(1);
    while (!token.empty() && (token.back() == ' ' || token.back() == '\t')) token.remove_suffix(1);
    if (!token.empty()) visit(token);
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

}  // namespace sluice::l7
