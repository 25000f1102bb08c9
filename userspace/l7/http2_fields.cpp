#include "userspace/l7/http2_fields.h"

#include <algorithm>

#include "userspace/l7/http1_body.h"

namespace sluice::l7 {

void append_fields(std::string_view lines, std::vector<nghttp2_nv>& out) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    out.push_back(field_of(line.substr(0, colon), value));
  }
}

void append_trailer(std::string_view name, std::string_view value, std::string& lines) {
  constexpr std::size_t kMost = 8192;
  if (!may_trail(name) || lines.size() + name.size() + value.size() + 4 > kMost) return;
  lines.append(name).append(": ").append(value).append("\r\n");
}

void Http2HeadReader::start() {
  constexpr std::size_t kKeep = 4096;
  if (text_.capacity() > kKeep) text_ = {};
  text_.clear();
  lines_.clear();
  cookie_.clear();
  host_.clear();
  scheme_.clear();
  method_ = authority_ = path_ = {};
  status_ = 0;
  hosts_ = offered_ = offered_fields_ = 0;
  has_authority_ = too_large_ = too_long_ = false;
}

// Heads that are merely too large are answered.
bool Http2HeadReader::admits(std::string_view name, std::string_view value) {
  constexpr std::size_t kTimes = 4;
  offered_ += name.size() + value.size();
  return offered_ <= kTimes * limits_.head_bytes && ++offered_fields_ <= kTimes * limits_.fields;
}

void Http2HeadReader::add(std::string_view name, std::string_view value) {
  const std::size_t size = name.size() + value.size() + 4;
  if (name == ":path" && value.size() > limits_.target_bytes) {
    too_long_ = true;
    return;
  }
  if (too_large_ || text_.size() + cookie_.size() + host_.size() + size > limits_.head_bytes) {
    too_large_ = true;
    return;
  }
  if (name.starts_with(':')) return add_pseudo(name, value);
  if (name == "cookie") {  // RFC 9113 8.2.3: crumbs are one field to all who do not speak HTTP/2
    if (!cookie_.empty()) cookie_.append("; ");
    cookie_.append(value);
    return;
  }
  if (name == "host") {
    host_.assign(value);
    ++hosts_;
    return;
  }
  if (lines_.size() >= limits_.fields) {
    too_large_ = true;
    return;
  }
  add_line(name, value);
}

void Http2HeadReader::add_pseudo(std::string_view name, std::string_view value) {
  const Place place{text_.size(), value.size()};
  if (name == ":method") {
    method_ = place;
  } else if (name == ":authority") {
    authority_ = place;
    has_authority_ = true;
  } else if (name == ":path") {
    path_ = place;
  } else if (name == ":scheme") {
    scheme_.assign(value);
    return;
  } else if (name == ":status") {
    for (const char c : value) status_ = static_cast<std::uint16_t>(status_ * 10 + (c - '0'));
    return;
  }
  text_.append(value);
}

void Http2HeadReader::add_line(std::string_view name, std::string_view value) {
  const Place name_at{text_.size(), name.size()};
  text_.append(name).append(": ");
  const Place value_at{text_.size(), value.size()};
  text_.append(value).append("\r\n");
  lines_.push_back({name_at, value_at});
}

void Http2HeadReader::set_fields(Head& head) const {
  head.http2 = true;
  for (const Line& line : lines_) {
    head.fields.push_back({view(line.name), view(line.value)});
    head.ids.push_back(identify(view(line.name)));
  }
  if (!lines_.empty()) head.lines = std::string_view(text_).substr(lines_.front().name.at);
}

namespace {

// nghttp2 judges the paths of these schemes alone.
bool is_http(std::string_view scheme) {
  return equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "https");
}
bool is_path(std::string_view target) {
  return target.starts_with('/') || target == "*";
}

}  // namespace

bool Http2HeadReader::finish(RequestHead& head, bool ended, Refusal& refusal) {
  head.clear();
  head.has_query = head.expects_continue = head.grpc = false;
  head.query = {};
  // RFC 9113 8.3.1: :authority is what Host is; both are one, or the request is for two.
  const bool same = hosts_ == 0 || (hosts_ == 1 && (!has_authority_ || equals_ignoring_case(host_, view(authority_))));
  if (has_authority_) host_.assign(view(authority_));
  if (has_authority_ || hosts_ > 0) add_line("host", host_);
  if (!cookie_.empty()) add_line("cookie", cookie_);
  set_fields(head);
  head.method = view(method_);
  head.target = view(path_);
  head.authority = host_;
  refusal = {Reason::kHeadTooLarge, "the request head is too large"};
  if (too_large_) return false;
  refusal = {Reason::kUriTooLong, "the request target is too long"};
  if (too_long_) return false;
  refusal = {Reason::kBadHost, "Host differs from :authority"};
  if (!same) return false;
  // RFC 9113 8.3.1; what only connects to an authority (CONNECT) has neither.
  refusal = {Reason::kBadTarget, "neither :scheme http nor https, or :path that is no path"};
  if (head.method != "CONNECT" && (!is_http(scheme_) || !is_path(head.target))) return false;
  if (!ended) head.framing = {.kind = BodyKind::kChunked};  // unless a length is named
  if (!apply_http2_request_rules(head, refusal)) return false;
  head.https = equals_ignoring_case(scheme_, "https");
  std::string_view type;
  head.grpc = find_header(head.fields, "content-type", type) && is_grpc_type(type);
  return true;
}

bool Http2HeadReader::finish(ResponseHead& head, std::string_view method, Refusal& refusal) {
  head.clear();
  if (!cookie_.empty()) add_line("cookie", cookie_);
  if (hosts_ > 0) add_line("host", host_);
  set_fields(head);
  head.status = status_;
  refusal = {Reason::kUpstreamInvalid, "the status is not of three digits"};
  if (status_ < 100) return false;
  refusal = {Reason::kUpstreamInvalid, "the response head is too large"};
  if (too_large_ || !apply_response_rules(head, method, refusal)) return false;
  return true;
}

}  // namespace sluice::l7
