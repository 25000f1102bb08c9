#include "userspace/l7/match.h"

#include <re2/re2.h>

#include <optional>

#include "sluice/http_rules.h"

namespace sluice::l7 {
namespace {

std::expected<std::shared_ptr<const re2::RE2>, std::string> compile(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  options.set_never_capture(true);
  auto regex = std::make_shared<const re2::RE2>(pattern, options);
  if (!regex->ok()) return std::unexpected("regular expression \"" + pattern + "\": " + regex->error());
  return regex;
}

bool full_match(const re2::RE2& regex, std::string_view text) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), regex);
}

// Reused by a thread's lookups, so that joining and decoding stop allocating once it has grown.
std::string& scratch() {
  thread_local std::string buffer;
  buffer.clear();
  return buffer;
}

// All values of a repeated field as one (RFC 9110 5.3: comma SP). The common single value is not copied.
std::optional<std::string_view> combined(std::span<const Field> headers, std::string_view name) {
  const Field* first = nullptr;
  std::string* joined = nullptr;
  for (const Field& field : headers) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (first == nullptr) {
      first = &field;
      continue;
    }
    if (joined == nullptr) (joined = &scratch())->append(first->value);
    joined->append(", ").append(field.value);
  }
  if (joined != nullptr) return *joined;
  if (first != nullptr) return first->value;
  return std::nullopt;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// As application/x-www-form-urlencoded: '+' is a space, a triplet its octet; a malformed triplet stands for itself.
std::string_view form_decoded(std::string_view text) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  std::string& out = scratch();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// The first occurrence decides (GEP: HTTPQueryParamMatch). nullopt: the parameter is not there.
std::optional<std::string_view> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    if (form_decoded(pair.substr(0, equals)) == name) {
      return equals == std::string_view::npos ? std::string_view{} : form_decoded(pair.substr(equals + 1));
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return std::nullopt;
}

template <class Matches>
std::vector<ValueMatcher> make_all(std::string_view what, const Matches& matches, std::string& unreadable) {
  std::vector<ValueMatcher> out;
  for (const auto& match : matches) {
    std::string why;
    out.push_back(ValueMatcher::make(match, why));
    if (!why.empty() && unreadable.empty()) unreadable.append(what).append(" ").append(match.name() + ": " + why);
  }
  return out;
}

std::expected<void, std::string> set_regex(Entry& entry, std::string pattern) {
  entry.path_kind = PathKind::kRegex;
  entry.path = std::move(pattern);
  auto regex = compile(entry.path);
  if (!regex) return std::unexpected(std::move(regex.error()));
  entry.path_regex = std::move(*regex);
  return {};
}

std::string normalized(const std::string& path) {
  std::string buffer(path.size(), '\0');
  const auto view = normalize_path(path, buffer.data());
  return view ? std::string(*view) : path;
}

std::expected<void, std::string> set_path(Entry& entry, const model::v1::PathMatch& path) {
  switch (path.type()) {
    case model::v1::PathMatch::EXACT:
      entry.path_kind = PathKind::kExact;
      entry.path = normalized(path.value());
      return {};
    case model::v1::PathMatch::REGULAR_EXPRESSION:
      return set_regex(entry, path.value());
    default:
      break;
  }
  entry.path_kind = PathKind::kPrefix;
  entry.path = normalized(path.value());
  while (entry.path.size() > 1 && entry.path.ends_with('/')) entry.path.pop_back();
  if (entry.path.empty()) entry.path = "/";
  return {};
}

// A gRPC method is the path /service/method (gRPC over HTTP/2, "Requests").
std::expected<void, std::string> set_grpc(Entry& entry, const model::v1::GrpcMethodMatch& grpc) {
  const bool exact = grpc.type() == model::v1::GrpcMethodMatch::EXACT;
  entry.grpc = true;
  if (exact && grpc.method().empty()) {
    if (grpc.service().empty()) return {};
    entry.path_kind = PathKind::kPrefix;
    entry.path = "/" + grpc.service();
    return {};
  }
  if (exact && !grpc.service().empty()) {
    entry.path_kind = PathKind::kExact;
    entry.path = "/" + grpc.service() + "/" + grpc.method();
    return {};
  }
  const auto part = [exact](const std::string& text) {
    if (text.empty()) return std::string("[^/]+");
    return exact ? re2::RE2::QuoteMeta(text) : "(?:" + text + ")";
  };
  return set_regex(entry, "/" + part(grpc.service()) + "/" + part(grpc.method()));
}

}  // namespace

ValueMatcher ValueMatcher::make(const model::v1::ValueMatch& match, std::string& unreadable) {
  ValueMatcher matcher;
  matcher.name_ = match.name();
  matcher.text_ = match.value();
  if (match.type() == model::v1::ValueMatch::EXACT) return matcher;
  matcher.kind_ = Kind::kRegex;
  if (auto regex = compile(match.value())) {
    matcher.regex_ = std::move(*regex);
  } else {
    unreadable = std::move(regex.error());
  }
  return matcher;
}

bool ValueMatcher::matches(std::string_view value) const {
  if (kind_ == Kind::kExact) return value == text_;
  return regex_ == nullptr || full_match(*regex_, value);
}

std::expected<Entry, std::string> Entry::make(const model::v1::HttpEntry& source) {
  Entry entry;
  entry.rank = source.rank();
  entry.action = source.action();
  entry.method = source.match().method();
  if (source.match().has_path()) {
    if (auto set = set_path(entry, source.match().path()); !set) return std::unexpected(set.error());
  } else if (source.match().has_grpc()) {
    if (auto set = set_grpc(entry, source.match().grpc()); !set) return std::unexpected(set.error());
  }
  entry.headers = make_all("header", source.match().headers(), entry.unreadable);
  entry.query_params = make_all("query parameter", source.match().query_params(), entry.unreadable);
  return entry;
}

bool Entry::matches_path(std::string_view request_path) const {
  switch (path_kind) {
    case PathKind::kAny:
      return true;
    case PathKind::kExact:
      return request_path == path;
    case PathKind::kPrefix:
      return covers(path, request_path);
    case PathKind::kRegex:
      return full_match(*path_regex, request_path);
  }
  return false;
}

MatchResult Entry::match_beyond_path(const RequestView& request) const {
  if (grpc && !request.grpc) return {Mismatch::kGrpc, {}};
  if (!method.empty() && method != request.method) return {Mismatch::kMethod, {}};
  for (const ValueMatcher& header : headers) {
    const auto value = combined(request.headers, header.name());
    if (!value || !header.matches(*value)) return {Mismatch::kHeader, header.name()};
  }
  for (const ValueMatcher& param : query_params) {
    const auto value = query_value(request.query, param.name());
    if (!value || !param.matches(*value)) return {Mismatch::kQueryParam, param.name()};
  }
  return {};
}

bool covers(std::string_view prefix, std::string_view path) {
  if (prefix == "/") return true;
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/';
}

bool find_header(std::span<const Field> headers, std::string_view name, std::string_view& value) {
  for (const Field& field : headers) {
    if (!equals_ignoring_case(field.name, name)) continue;
    value = field.value;
    return true;
  }
  return false;
}

bool is_grpc_type(std::string_view type) {
  constexpr std::string_view kGrpc = "application/grpc";
  if (!equals_ignoring_case(type.substr(0, kGrpc.size()), kGrpc)) return false;
  return type.size() == kGrpc.size() || type[kGrpc.size()] == '+' || type[kGrpc.size()] == ';';
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace sluice::l7
