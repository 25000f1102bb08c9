// What routing reads of a request, and the matchers of one HttpEntry. Symbolic text is kept beside what is compiled, so
// that explain prints what the user wrote.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/model.pb.h"

namespace re2 {
class RE2;
}

namespace sluice::l7 {

/// A header field as received; views into a head that outlives them.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// A request as the router sees it. All views; nothing is owned.
struct RequestView {
  std::string_view method;         ///< as received, case-sensitive (RFC 9110 9.1)
  std::string_view host;           ///< normalize_host(): lower case, no port
  std::string_view path;           ///< normalize_path(): starts with '/', no query; "*" for OPTIONS *
  std::string_view query;          ///< after '?', as received; "" when there is none
  std::span<const Field> headers;  ///< in the order received
  bool grpc = false;               ///< a call of gRPC
};

/// A Content-Type of gRPC (gRPC over HTTP/2, "Content-Type"); grpc-web is another protocol.
bool is_grpc_type(std::string_view type);

/// Why an entry does not take a request: its first failing criterion, in the order in which they are tried.
enum class Mismatch : std::uint8_t { kNone, kPath, kGrpc, kMethod, kHeader, kQueryParam };

struct MatchResult {
  Mismatch mismatch = Mismatch::kNone;
  std::string_view name;  ///< of the header or query parameter that failed; view into the entry

  explicit operator bool() const { return mismatch == Mismatch::kNone; }
};

enum class PathKind : std::uint8_t { kAny, kExact, kPrefix, kRegex };

/// A value compared whole, or by a regular expression that matches it whole (RE2: linear time).
class ValueMatcher {
 public:
  /// unreadable: RE2's message where it refuses the expression; such a matcher takes every value.
  static ValueMatcher make(const model::v1::ValueMatch& match, std::string& unreadable);

  [[nodiscard]] bool matches(std::string_view value) const;
  [[nodiscard]] bool is_regex() const { return kind_ == Kind::kRegex; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  enum class Kind : std::uint8_t { kExact, kRegex };

  Kind kind_ = Kind::kExact;
  std::string name_;
  std::string text_;
  std::shared_ptr<const re2::RE2> regex_;
};

/// One match of one rule, compiled. Immutable once built.
struct Entry {
  std::uint32_t rank = 0;    ///< smaller wins; decided by controller/compile
  std::uint32_t action = 0;  ///< index into HostTable::actions()
  PathKind path_kind = PathKind::kAny;
  std::string path;  ///< normalised; prefixes without trailing '/', but for "/"; regular expressions as written
  std::shared_ptr<const re2::RE2> path_regex;
  std::string method;  ///< "" any
  bool grpc = false;   ///< of a GRPCRoute: calls of gRPC alone, whatever else has such a path
  std::vector<ValueMatcher> headers;
  std::vector<ValueMatcher> query_params;

  /// Which header or query parameter has an expression that RE2 refuses, and its message; "" otherwise. The entry takes
  /// each request that has one at all, and its rule answers with an error: passed over, it would give them to a rule
  /// that they were not meant for.
  std::string unreadable;

  /// Error: the path is not a regular expression, and RE2's message. No request can be said to be meant for it.
  static std::expected<Entry, std::string> make(const model::v1::HttpEntry& entry);

  /// Path alone. The path index answers this for many entries at once; explain asks each.
  [[nodiscard]] bool matches_path(std::string_view request_path) const;

  /// Method, headers, query, for a request whose path is known to match. Allocates nothing.
  [[nodiscard]] MatchResult match_beyond_path(const RequestView& request) const;
};

/// True when `path` is `prefix` or lies below it, by whole segments: /a covers /a and /a/b, not /ab. / covers the
/// asterisk-form "*" too: it "has the effect of matching every HTTP request" (HTTPRouteRule.matches).
bool covers(std::string_view prefix, std::string_view path);

/// Header lookup by name, case-insensitively: true with the first value in `value`.
bool find_header(std::span<const Field> headers, std::string_view name, std::string_view& value);

/// Lower-cases ASCII and strips the port of an authority ("[::1]:80" -> "[::1]") and the final dot of a name. `buffer`
/// must hold authority.size() bytes and outlive the view. An authority that is malformed (RFC 3986 3.2.2) is an empty
/// view.
std::string_view normalize_host(std::string_view authority, char* buffer);

/// The path that routing compares: percent-encoded unreserved octets decoded and other triplets in upper case
/// (RFC 3986 6.2.2). A view of `path` itself when there is nothing to do, else into `buffer` (path.size() bytes).
/// Dot segments, also between encoded separators or with parameters ("..;"), and malformed triplets are refused: a
/// backend may read them otherwise than we route them. path: begins with '/', or is "*".
std::expected<std::string_view, std::string_view> normalize_path(std::string_view path, char* buffer);

/// ASCII, without locale.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sluice::l7
