#include "userspace/l7/filter.h"

#include <algorithm>

#include "sluice/http_rules.h"

namespace sluice::l7 {
namespace {

bool is_field_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet < 0x20 && octet != '\t') || octet == 0x7f;
  });
}

class Reader {
 public:
  explicit Reader(std::string& unsupported) : unsupported_(unsupported) {}

  HeaderEdits edits(const model::v1::HeaderModifier& source) {
    HeaderEdits out;
    for (const auto& header : source.set()) take(header, out.set);
    for (const auto& header : source.add()) take(header, out.add);
    for (const auto& name : source.remove()) {
      if (editable(name)) out.remove.push_back(name);
    }
    return out;
  }

  void check_value(std::string_view field, std::string_view value) {
    if (!is_field_value(value)) refuse(field, "has a control character");
  }

 private:
  void refuse(std::string_view field, std::string_view what) {
    if (unsupported_.empty()) unsupported_.append(field).append(" ").append(what);
  }

  bool editable(const std::string& name) {
    const bool owned = is_owned_field(name);
    if (owned) refuse(name, "is not a header that a filter can change");
    return !owned;
  }

  void take(const model::v1::Header& header, std::vector<HeaderEdits::Named>& into) {
    check_value(header.name(), header.value());
    if (editable(header.name())) into.push_back({header.name(), header.value()});
  }

  std::string& unsupported_;
};

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 3986 3.3: pchar and '/', but for '%'.
bool is_path_octet(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@/";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != std::string_view::npos;
}

// What the user wrote as a path, as it can stand in a request line: a space would end the target, a '?' the path.
std::string encoded_path(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool triplet = path[i] == '%' && i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2]);
    if (triplet || is_path_octet(path[i])) {
      out.push_back(path[i]);
      continue;
    }
    const auto octet = static_cast<unsigned char>(path[i]);
    out.append({'%', kDigits[octet >> 4], kDigits[octet & 15]});
  }
  return out;
}

PathChange path_change(const model::v1::PathModifier& source) {
  switch (source.kind_case()) {
    case model::v1::PathModifier::kReplaceFullPath:
      return {PathChange::Kind::kFull, encoded_path(source.replace_full_path())};
    case model::v1::PathModifier::kReplacePrefixMatch:
      return {PathChange::Kind::kPrefix, encoded_path(source.replace_prefix_match())};
    case model::v1::PathModifier::KIND_NOT_SET:
      break;
  }
  return {};
}

std::uint32_t well_known_port(std::string_view scheme) {
  if (scheme == "http") return 80;
  if (scheme == "https") return 443;
  return 0;
}

}  // namespace

FilterChain FilterChain::make(std::span<const model::v1::HttpFilter* const> filters) {
  FilterChain chain;
  Reader reader(chain.unsupported);
  for (const model::v1::HttpFilter* filter : filters) {
    switch (filter->kind_case()) {
      case model::v1::HttpFilter::kRequestHeaders:
        chain.request_headers.push_back(reader.edits(filter->request_headers()));
        break;
      case model::v1::HttpFilter::kResponseHeaders:
        chain.response_headers.push_back(reader.edits(filter->response_headers()));
        break;
      case model::v1::HttpFilter::kRedirect: {
        const auto& redirect = filter->redirect();
        chain.redirect = Redirect{.scheme = redirect.scheme(),
                                  .hostname = redirect.hostname(),
                                  .path = path_change(redirect.path()),
                                  .port = redirect.port(),
                                  .status = redirect.status_code() == 0 ? 302 : redirect.status_code()};
        break;
      }
      case model::v1::HttpFilter::kRewrite:
        chain.rewrite =
            Rewrite{.hostname = filter->rewrite().hostname(), .path = path_change(filter->rewrite().path())};
        break;
      case model::v1::HttpFilter::KIND_NOT_SET:
        chain.unsupported = "a filter of a kind that this build does not know";
        break;
    }
  }
  return chain;
}

void append_location(const Redirect& redirect, const RedirectRequest& request, std::string& out) {
  const std::string_view scheme = redirect.scheme.empty() ? request.scheme : std::string_view(redirect.scheme);
  std::uint32_t port = redirect.port;
  if (port == 0 && !redirect.scheme.empty()) port = well_known_port(redirect.scheme);
  if (port == 0) port = request.port;
  out.append(scheme).append("://");
  out.append(redirect.hostname.empty() ? request.host : std::string_view(redirect.hostname));
  if (port != well_known_port(scheme)) out.append(":").append(std::to_string(port));
  // In a URL the asterisk-form is an empty path (RFC 9112 3.2.4).
  append_path(redirect.path, request.path == "*" ? std::string_view{} : request.path, request.prefix, out);
  if (!request.query.empty()) out.append("?").append(request.query);
}

void append_path(const PathChange& change, std::string_view path, std::string_view prefix, std::string& out) {
  switch (change.kind) {
    case PathChange::Kind::kNone:
      out.append(path);
      return;
    case PathChange::Kind::kFull:
      if (!change.value.starts_with('/')) out.push_back('/');
      out.append(change.value);
      return;
    case PathChange::Kind::kPrefix:
      break;
  }
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  const std::string_view rest = path.substr(std::min(prefix.size(), path.size()));
  std::string_view replacement = change.value;
  if (!rest.empty()) {
    while (replacement.ends_with('/')) replacement.remove_suffix(1);
  }
  if (!replacement.empty() && !replacement.starts_with('/')) out.push_back('/');
  out.append(replacement).append(rest);
  if (replacement.empty() && rest.empty()) out.push_back('/');
}

}  // namespace sluice::l7
