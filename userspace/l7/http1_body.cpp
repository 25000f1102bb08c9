#include "userspace/l7/http1_body.h"

#include <algorithm>

namespace sluice::l7 {

struct BodyCallbacks {
  static BodyReader& self(llhttp_t* parser) { return *static_cast<BodyReader*>(parser->data); }

  static int on_body(llhttp_t* parser, const char* at, std::size_t length) {
    self(parser).sink_->on_body({at, length});
    return 0;
  }
  static int append(std::string& to, const char* at, std::size_t length) {
    if (to.size() + length > BodyReader::kMaxTrailers) return -1;
    to.append(at, length);
    return 0;
  }
  static int on_name(llhttp_t* parser, const char* at, std::size_t length) {
    return parser->data == nullptr ? 0 : append(self(parser).name_, at, length);
  }
  static int on_value(llhttp_t* parser, const char* at, std::size_t length) {
    return parser->data == nullptr ? 0 : append(self(parser).value_, at, length);
  }
  static int on_value_complete(llhttp_t* parser) {
    if (parser->data == nullptr) return 0;
    BodyReader& body = self(parser);
    if (may_trail(body.name_)) {
      if (body.trailers_.size() + body.name_.size() + body.value_.size() > BodyReader::kMaxTrailers) return -1;
      body.trailers_.append(body.name_).append(": ").append(body.value_).append("\r\n");
    }
    body.name_.clear();
    body.value_.clear();
    return 0;
  }
  static int on_message_complete(llhttp_t*) { return HPE_PAUSED; }

  // A parser that stands behind the head of a chunked message.
  static llhttp_t before_chunks() {
    static const llhttp_settings_t settings = [] {
      llhttp_settings_t made;
      llhttp_settings_init(&made);
      made.on_body = on_body;
      made.on_header_field = on_name;
      made.on_header_value = on_value;
      made.on_header_value_complete = on_value_complete;
      made.on_message_complete = on_message_complete;
      return made;
    }();
    constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    parser.data = nullptr;
    llhttp_execute(&parser, kHead.data(), kHead.size());
    return parser;
  }
};

void BodyReader::start(const Framing& framing) {
  framing_ = framing;
  left_ = framing.length;
  complete_ = framing.kind == BodyKind::kNone || (framing.kind == BodyKind::kLength && framing.length == 0);
  trailers_.clear();
  if (framing.kind != BodyKind::kChunked) return;
  static const llhttp_t kFresh = BodyCallbacks::before_chunks();
  parser_ = kFresh;
  name_.clear();
  value_.clear();
}

BodyState BodyReader::feed(std::string_view bytes, std::size_t& used, BodySink& sink) {
  used = 0;
  if (complete_) return BodyState::kComplete;
  switch (framing_.kind) {
    case BodyKind::kNone:
      return BodyState::kComplete;
    case BodyKind::kChunked:
      return feed_chunks(bytes, used, sink);
    case BodyKind::kUntilClose:
      used = bytes.size();
      if (used > 0) sink.on_body(bytes);
      return BodyState::kNeedMore;
    case BodyKind::kLength:
      break;
  }
  used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  left_ -= used;
  complete_ = left_ == 0;
  if (used > 0) sink.on_body(bytes.substr(0, used));
  return complete_ ? BodyState::kComplete : BodyState::kNeedMore;
}

BodyState BodyReader::feed_chunks(std::string_view bytes, std::size_t& used, BodySink& sink) {
  parser_.data = this;
  sink_ = &sink;
  const llhttp_errno result = llhttp_execute(&parser_, bytes.data(), bytes.size());
  used = bytes.size();
  if (result == HPE_OK) return BodyState::kNeedMore;
  if (result != HPE_PAUSED) return BodyState::kRefused;
  used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data());
  complete_ = true;
  return BodyState::kComplete;
}

BodyState BodyReader::finish() const {
  return complete_ || framing_.kind == BodyKind::kUntilClose ? BodyState::kComplete : BodyState::kRefused;
}

}  // namespace sluice::l7
