// The filters of rules and backendRefs, compiled: edits of a head that itself stays as received, redirects (GEP-726)
// and URL rewrites.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/l7/match.h"

namespace sluice::l7 {

/// A HeaderModifier: what one filter does to a head. Names keep the user's spelling on the wire and compare without
/// case.
struct HeaderEdits {
  struct Named {
    std::string name;
    std::string value;
  };
  std::vector<Named> set;
  std::vector<Named> add;
  std::vector<std::string> remove;
};

/// How URLRewrite and RequestRedirect change the path. Prefix: the matched prefix is replaced, by whole segments. The
/// value is a path: what cannot stand in one is percent-encoded, '?' and '#' too.
struct PathChange {
  enum class Kind : std::uint8_t { kNone, kFull, kPrefix };
  Kind kind = Kind::kNone;
  std::string value;
};

struct Redirect {
  std::string scheme;    ///< "" as the request's
  std::string hostname;  ///< "" as the request's
  PathChange path;
  std::uint32_t port = 0;  ///< 0: derived from scheme, else the listener's (GEP-726)
  std::uint32_t status = 302;
};

struct Rewrite {
  std::string hostname;  ///< "" leaves Host as received
  PathChange path;
};

/// The filters of one rule or one backendRef. Each kind stands at most once in a rule (the schema's rule), header
/// modifiers but in order when there are several.
struct FilterChain {
  std::vector<HeaderEdits> request_headers;
  std::vector<HeaderEdits> response_headers;
  std::optional<Redirect> redirect;
  std::optional<Rewrite> rewrite;
  std::string unsupported;  ///< what of it cannot be carried out: the rule answers 500

  /// An edit of what frames or routes a message (Host, Connection, Content-Length...), or a value that could end its
  /// line, is not carried out: it makes the chain unsupported.
  static FilterChain make(std::span<const model::v1::HttpFilter* const> filters);
};

/// What a redirect needs of the request and of the listener that took it.
struct RedirectRequest {
  std::string_view scheme;  ///< "http" or "https", as the listener terminates it
  std::string_view host;    ///< the Host as received, without port
  std::string_view path;    ///< as received
  std::string_view query;   ///< without '?'
  std::string_view prefix;  ///< the rule's matched PathPrefix, "" for other matches
  std::uint16_t port = 0;   ///< the listener's
};

/// Appends the value of Location.
void append_location(const Redirect& redirect, const RedirectRequest& request, std::string& out);

/// Appends the path after a change; the query is not touched. `prefix` is the matched PathPrefix: /foo replaced by /xyz
/// turns /foo/bar into /xyz/bar, /foo into /xyz, and by "/" or "" into /bar and /; no slash is doubled or lost.
void append_path(const PathChange& change, std::string_view path, std::string_view prefix, std::string& out);

}  // namespace sluice::l7
