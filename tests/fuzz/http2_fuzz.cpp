// HTTP/2 as a stranger sends it. A connection: whatever comes, in whatever pieces, what we say is whole frames, and
// nothing behind an end. A head: what of an accepted one is sent on by HTTP/1.1 is itself accepted, with the same
// method, target and host, and without a length that was not there: no second reader can see another request than we
// did.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/userspace/l7/model_builder.h"
#include "userspace/l7/http1_compose.h"
#include "userspace/l7/http1_parser.h"
#include "userspace/l7/http2_fields.h"
#include "userspace/l7/http2_session.h"
#include "userspace/l7/http_service.h"

namespace {

using namespace sluice;
using namespace sluice::l7;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Piece : transport::Buffer {
  std::string text;
};
class Pieces final : public transport::BufferPool {
 public:
  void recycle(transport::Buffer& buffer) override { delete static_cast<Piece*>(&buffer); }
};

transport::Slice piece(std::string_view text) {
  static Pieces pool;
  auto* made = new Piece;
  made->text = text;
  made->pool = &pool;
  made->references = 0;
  made->id = 0;
  made->bytes = made->text.data();
  return {*made, made->text};
}

/// What a client's connection is to the engine, without a network.
struct Wire {
  std::string said;
  bool open = true;
  bool ended = false;  ///< by us: nothing may be written any more
};

class WireStream final : public transport::Stream {
 public:
  explicit WireStream(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  transport::WriteResult write(std::span<const iovec> parts) override {
    require(!wire_->ended);
    for (const iovec& part : parts) wire_->said.append(static_cast<const char*>(part.iov_base), part.iov_len);
    return transport::WriteResult::kDone;
  }
  void resume() override { paused_ = false; }
  void pause() override { paused_ = true; }
  void shutdown() override { wire_->ended = true; }
  [[nodiscard]] bool is_quiet() const override { return true; }
  void abort() override { wire_->ended = true; }
  [[nodiscard]] const transport::Address& local() const override { return address_; }
  [[nodiscard]] const transport::Address& peer() const override { return address_; }
  void give(std::string_view text) {
    if (!paused_) handler_->on_data(piece(text));
  }
  void end() { handler_->on_end(); }

 private:
  ~WireStream() override = default;
  void release() override {
    wire_->open = false;
    delete this;
  }

  std::shared_ptr<Wire> wire_;
  bool paused_ = true;
  transport::Address address_ = transport::Address::loopback(AF_INET, 80);
};

/// One worker, whose rules answer without a backend.
class Engine {
 public:
  Engine() : loop_(transport::Loop::make(transport::IoBackend::kEpoll).value()) {
    l7::test::HostBuilder host("");
    host.prefix("redirects", "/to");
    host.action().add_filters()->mutable_redirect()->set_hostname("b.test");
    *host.rule("calls").mutable_grpc() = model::v1::GrpcMethodMatch();
    host.prefix("nowhere", "/");
    auto& target = *host.action().add_backends();
    target.set_backend("backend/none");
    target.set_weight(1);
    l7::test::ModelBuilder model;
    model.listen("gw", 80).host(host.build()).backend("none", {});
    service_ = services_.make()(*loop_, 0);
    service_->set_tables(builder_.build(model.store()));
  }

  std::shared_ptr<Wire> serve(std::string_view bytes, std::size_t step) {
    auto wire = std::make_shared<Wire>();
    auto* stream = new WireStream(wire);
    service_->serve({.stream = transport::StreamPtr(stream)});
    while (!bytes.empty() && wire->open) {
      stream->give(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    if (wire->open) stream->end();
    require(!wire->open);
    loop_->post([this] { loop_->stop(); });
    loop_->run();  // what is over may be used again
    return wire;
  }

 private:
  HttpServices services_{HttpOptions{}, 1, nullptr};
  TablesBuilder builder_;
  std::unique_ptr<transport::Loop> loop_;
  std::unique_ptr<HttpService> service_;
};

void check_frames(std::string_view said) {
  constexpr std::size_t kHead = 9;
  for (bool first = true; !said.empty(); first = false) {
    require(said.size() >= kHead);
    const auto octet = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(said[i])); };
    const std::size_t length = octet(0) << 16 | octet(1) << 8 | octet(2);
    require(length <= 16384 && said.size() >= kHead + length);
    require(!first || octet(3) == NGHTTP2_SETTINGS);
    said.remove_prefix(kHead + length);
  }
}

void check_connection(std::string_view bytes) {
  static auto* engine = new Engine;
  const auto whole = engine->serve(bytes, bytes.size() + 1);
  const auto cut = engine->serve(bytes, 7);
  for (const auto& wire : {whole, cut}) {
    if (bytes.starts_with(kHttp2Preface)) {
      check_frames(wire->said);
    } else if (!wire->said.empty()) {
      require(wire->said.starts_with("HTTP/1.1 "));
    }
  }
}

// Lines of "name: value"; those that nghttp2 would not have let through are left out.
void check_head(std::string_view bytes) {
  const HeadLimits limits;
  Http2HeadReader reader(limits);
  reader.start();
  const bool ended = bytes.size() % 2 == 0;
  std::set<std::string_view> pseudo;
  bool fields_begun = false;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    const auto colon = line.find(':', 1);
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 1);
    const auto* value_at = reinterpret_cast<const std::uint8_t*>(value.data());
    if (nghttp2_check_header_name(reinterpret_cast<const std::uint8_t*>(name.data()), name.size()) == 0) continue;
    if (nghttp2_check_header_value_rfc9113(value_at, value.size()) == 0) continue;
    const FieldId id = identify(name);
    if (id == FieldId::kConnection || id == FieldId::kTransferEncoding || id == FieldId::kUpgrade) continue;
    if (id == FieldId::kKeepAlive || id == FieldId::kProxyConnection || name == "content-length") continue;
    fields_begun = fields_begun || name[0] != ':';
    if (name[0] == ':' && (fields_begun || !pseudo.insert(name).second)) continue;
    reader.add(name, value);
  }
  RequestHead head;
  Refusal refusal;
  if (!reader.finish(head, ended, refusal)) return;
  const Forwarded forwarded{.client_ip = "192.0.2.1", .scheme = "http", .host = head.authority};
  std::string out;
  append_request_head(
      {.head = head, .target = head.target, .host = head.authority, .forwarded = forwarded, .edits = {}}, out);
  RequestParser second({.head_bytes = 1 << 20, .target_bytes = 1 << 20, .fields = 1000});
  second.start();
  require(second.parse(out) == HeadState::kComplete);
  require(second.head_size() == out.size());
  require(second.head().method == head.method && second.head().target == head.target);
  require(second.head().authority == head.authority && !second.head().nominates);
  require(second.head().framing.kind == (ended ? BodyKind::kNone : BodyKind::kChunked));
  std::string lines;
  append_request_fields(
      {.head = head, .target = head.target, .host = head.authority, .forwarded = forwarded, .edits = {}}, lines);
  std::vector<nghttp2_nv> fields;
  append_fields(lines, fields);
  for (const nghttp2_nv& field : fields) require(nghttp2_check_header_value(field.value, field.valuelen) != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    check_connection(bytes);
  } else {
    check_head(bytes);
  }
  return 0;
}
