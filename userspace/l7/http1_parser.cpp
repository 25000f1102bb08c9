#include "userspace/l7/http1_parser.h"

namespace sluice::l7 {

struct SplitterCallbacks {
  static FieldSplitter& self(llhttp_t* parser) { return *static_cast<FieldSplitter*>(parser->data); }

  // A span that a buffer's end cuts is reported in parts; they are adjacent, so the view grows.
  static void extend(std::string_view& view, const char* at, std::size_t length) { view = {view.begin(), at + length}; }

  static int on_name(llhttp_t* parser, const char* at, std::size_t length) {
    FieldSplitter& splitter = self(parser);
    auto& fields = splitter.head_->fields;
    if (splitter.in_name_) {
      extend(fields.back().name, at, length);
      return 0;
    }
    if (fields.size() == splitter.max_fields_) {
      splitter.too_many_ = true;
      return -1;
    }
    splitter.in_name_ = true;
    fields.push_back({{at, length}, {at + length, at + length}});
    return 0;
  }

  static int on_value(llhttp_t* parser, const char* at, std::size_t length) {
    FieldSplitter& splitter = self(parser);
    splitter.in_name_ = false;
    std::string_view& value = splitter.head_->fields.back().value;
    if (splitter.in_value_) {
      extend(value, at, length);
    } else {
      value = {at, length};
      splitter.in_value_ = true;
    }
    return 0;
  }

  static int on_value_complete(llhttp_t* parser) {
    FieldSplitter& splitter = self(parser);
    splitter.in_name_ = splitter.in_value_ = false;
    std::string_view& value = splitter.head_->fields.back().value;
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    splitter.head_->ids.push_back(identify(splitter.head_->fields.back().name));
    return 0;
  }

  // 2: stop right behind the empty line. The body is not llhttp's to judge.
  static int on_headers_complete(llhttp_t*) { return 2; }

  // A parser that stands behind a start line: copied for each head, so that llhttp sees no method and no status.
  static llhttp_t after_start_line() {
    static const llhttp_settings_t settings = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_header_field = on_name;
      made.on_header_value = on_value;
      made.on_header_value_complete = on_value_complete;
      made.on_headers_complete = on_headers_complete;
      return made;
    }();
    constexpr std::string_view kLine = "POST / HTTP/1.1\r\n";
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    llhttp_execute(&parser, kLine.data(), kLine.size());
    return parser;
  }
};

void FieldSplitter::start(Head& head, std::size_t max_fields) {
  static const llhttp_t kFresh = SplitterCallbacks::after_start_line();
  parser_ = kFresh;
  head_ = &head;
  max_fields_ = max_fields;
  in_name_ = in_value_ = too_many_ = false;
}

HeadState FieldSplitter::feed(std::string_view bytes, std::size_t& used, Refusal& refusal) {
  parser_.data = this;
  const llhttp_errno result = llhttp_execute(&parser_, bytes.data(), bytes.size());
  used = bytes.size();
  if (result == HPE_OK) return HeadState::kNeedMore;
  if (result == HPE_PAUSED_UPGRADE) {
    used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data());
    return HeadState::kComplete;
  }
  switch (result) {
    case HPE_USER:
    case HPE_CB_HEADER_FIELD_COMPLETE:
      break;
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_INVALID_TRANSFER_ENCODING:
      refusal.reason = Reason::kBadFraming;
      break;
    default:
      refusal.reason = Reason::kBadRequest;
  }
  refusal.rule = parser_.reason != nullptr ? std::string_view(parser_.reason) : "malformed field line";
  if (too_many_) refusal = {Reason::kHeadTooLarge, "too many header fields"};
  return HeadState::kRefused;
}

namespace {

// The common part of both heads: `line_done` tells whether the start line has been split already.
template <class SplitLine>
HeadState parse_start_line(std::string_view bytes, std::size_t& position, const SplitLine& split) {
  const auto end = bytes.find('\n', position);
  if (end == std::string_view::npos) return HeadState::kNeedMore;
  std::string_view line = bytes.substr(position, end - position);
  if (!line.ends_with('\r')) return HeadState::kRefused;
  line.remove_suffix(1);
  if (line.find('\r') != std::string_view::npos) return HeadState::kRefused;
  position = end + 1;
  return split(line) ? HeadState::kComplete : HeadState::kRefused;
}

void set_lines(Head& head, const char* end) {
  if (head.fields.empty()) return;
  const char* begin = head.fields.front().name.data();
  head.lines = {begin, static_cast<std::size_t>(end - 2 - begin)};
}

}  // namespace

void RequestParser::start() {
  static_cast<Head&>(head_).clear();
  head_.method = head_.target = head_.authority = head_.path = head_.query = {};
  head_.has_query = head_.https = head_.expects_continue = false;
  splitter_.start(head_, limits_.fields);
  refusal_ = {};
  position_ = 0;
  line_done_ = false;
}

HeadState RequestParser::refuse(Reason reason, std::string_view rule) {
  refusal_ = {reason, rule};
  return HeadState::kRefused;
}

HeadState RequestParser::parse_line(std::string_view bytes) {
  // RFC 9112 2.2: an empty line before the request line is left over from a client that adds one after its body.
  if (position_ == 0 && bytes.starts_with("\r\n")) position_ = 2;
  if (position_ == 0 && bytes == "\r") return HeadState::kNeedMore;
  const std::size_t begin = position_;
  refusal_ = {Reason::kBadRequest, "a line must end with CR LF"};
  const HeadState state = parse_start_line(
      bytes, position_, [this](std::string_view line) { return split_request_line(line, head_, refusal_); });
  if (state == HeadState::kNeedMore && bytes.size() - begin > limits_.target_bytes + 64) {
    return refuse(Reason::kUriTooLong, "the request line is too long");
  }
  if (state == HeadState::kComplete && head_.target.size() > limits_.target_bytes) {
    return refuse(Reason::kUriTooLong, "the request target is too long");
  }
  return state;
}

HeadState RequestParser::parse(std::string_view bytes) {
  if (!line_done_) {
    const HeadState state = parse_line(bytes);
    if (state != HeadState::kComplete) return state;
    line_done_ = true;
  }
  std::size_t used = 0;
  const HeadState state = splitter_.feed(bytes.substr(position_), used, refusal_);
  position_ += used;
  if (state == HeadState::kRefused) return state;
  if (position_ > limits_.head_bytes) return refuse(Reason::kHeadTooLarge, "the request head is too large");
  if (state == HeadState::kNeedMore) return state;
  set_lines(head_, bytes.data() + position_);
  return apply_request_rules(head_, refusal_) ? HeadState::kComplete : HeadState::kRefused;
}

void ResponseParser::start(std::string_view method) {
  static_cast<Head&>(head_).clear();
  head_.status = 0;
  head_.reason_phrase = {};
  head_.has_date = false;
  splitter_.start(head_, limits_.fields);
  refusal_ = {};
  method_ = method;
  position_ = 0;
  line_done_ = false;
}

HeadState ResponseParser::refuse(std::string_view rule) {
  refusal_ = {Reason::kUpstreamInvalid, rule};
  return HeadState::kRefused;
}

HeadState ResponseParser::parse_line(std::string_view bytes) {
  refusal_ = {Reason::kUpstreamInvalid, "a line must end with CR LF"};
  return parse_start_line(bytes, position_,
                          [this](std::string_view line) { return split_status_line(line, head_, refusal_); });
}

HeadState ResponseParser::parse(std::string_view bytes) {
  if (!line_done_) {
    const HeadState state = parse_line(bytes);
    if (state == HeadState::kNeedMore && bytes.size() > limits_.target_bytes)
      return refuse("the status line is too long");
    if (state != HeadState::kComplete) return state;
    line_done_ = true;
  }
  std::size_t used = 0;
  const HeadState state = splitter_.feed(bytes.substr(position_), used, refusal_);
  position_ += used;
  if (state == HeadState::kRefused) return refuse(refusal_.rule);
  if (position_ > limits_.head_bytes) return refuse("the response head is too large");
  if (state == HeadState::kNeedMore) return state;
  set_lines(head_, bytes.data() + position_);
  return apply_response_rules(head_, method_, refusal_) ? HeadState::kComplete : HeadState::kRefused;
}

}  // namespace sluice::l7
