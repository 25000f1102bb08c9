// A request or response as a stranger sends it. Whatever the octets are: how they are cut changes nothing, and what is
// forwarded of an accepted head is itself accepted, with the same length and the same target: no second reader can see
// another message than we did.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "userspace/l7/http1_body_writer.h"
#include "userspace/l7/http1_compose.h"
#include "userspace/l7/http1_parser.h"

namespace {

using namespace sluice::l7;

void require(bool holds) {
  if (!holds) std::abort();
}

class Counted final : public BodySink {
 public:
  void on_body(std::string_view data) override { text.append(data); }
  std::string text;
};

struct Body {
  BodyState state = BodyState::kNeedMore;
  std::string text;
  std::string trailers;
};

// Feeds in pieces of `step` octets.
Body read_body(const Framing& framing, std::string_view bytes, std::size_t step) {
  BodyReader reader;
  reader.start(framing);
  Counted sink;
  Body body;
  while (!bytes.empty() && !reader.complete()) {
    std::size_t used = 0;
    body.state = reader.feed(bytes.substr(0, step), used, sink);
    if (body.state == BodyState::kRefused) return body;
    require(used <= bytes.size());
    bytes.remove_prefix(used);
  }
  body.text = std::move(sink.text);
  body.trailers = reader.trailers();
  return body;
}

void compare_bodies(const Framing& framing, std::string_view bytes) {
  const Body whole = read_body(framing, bytes, bytes.size());
  const Body cut = read_body(framing, bytes, 1);
  require(whole.state == cut.state || bytes.empty());
  if (whole.state == BodyState::kComplete) require(whole.text == cut.text && whole.trailers == cut.trailers);
}

void check_request(std::string_view bytes) {
  RequestParser whole;
  whole.start();
  const HeadState state = whole.parse(bytes);
  RequestParser cut;
  cut.start();
  HeadState cut_state = HeadState::kNeedMore;
  for (std::size_t n = 1; n <= bytes.size() && cut_state == HeadState::kNeedMore; ++n) {
    cut_state = cut.parse(bytes.substr(0, n));
  }
  if (bytes.empty()) return;
  require((state == HeadState::kComplete) == (cut_state == HeadState::kComplete));
  if (state != HeadState::kComplete) return;
  require(whole.head_size() == cut.head_size());

  const RequestHead& head = whole.head();
  std::string out;
  const std::string target = std::string(head.path) + (head.has_query ? "?" + std::string(head.query) : "");
  const std::string host = head.authority.empty() ? "192.0.2.1" : std::string(head.authority);
  append_request_head({.head = head,
                       .target = target,
                       .host = host,
                       .forwarded = {.client_ip = "192.0.2.1", .scheme = "http", .host = head.authority},
                       .edits = {}},
                      out);
  RequestParser second({.head_bytes = 1 << 20, .target_bytes = 1 << 20, .fields = 1000});
  second.start();
  require(second.parse(out) == HeadState::kComplete);
  require(second.head_size() == out.size());
  require(second.head().framing.kind == head.framing.kind && second.head().framing.length == head.framing.length);
  require(second.head().method == head.method && second.head().path == head.path);
  require(second.head().query == head.query && !second.head().nominates);
  compare_bodies(head.framing, bytes.substr(whole.head_size()));
}

void check_response(std::string_view bytes) {
  for (const std::string_view method : {"GET", "HEAD"}) {
    ResponseParser parser;
    parser.start(method);
    if (parser.parse(bytes) != HeadState::kComplete) continue;
    const ResponseHead& head = parser.head();
    std::string out;
    append_response_head({.head = head, .framing = head.framing.kind, .date = "x"}, out);
    ResponseParser second({.head_bytes = 1 << 20, .target_bytes = 1 << 20, .fields = 1000});
    second.start(method);
    require(second.parse(out) == HeadState::kComplete);
    require(second.head_size() == out.size() && second.head().status == head.status);
    require(second.head().framing.kind == head.framing.kind && second.head().framing.length == head.framing.length);
    compare_bodies(head.framing, bytes.substr(parser.head_size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    check_request(bytes);
  } else {
    check_response(bytes);
  }
  return 0;
}
