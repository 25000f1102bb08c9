#include "controller/source/kubernetes/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>
#include <optional>
#include <vector>

#include "controller/source/kubernetes/tls_context.h"
#include "sluice/version.h"

namespace sluice::kubernetes {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kChunk = 64 * 1024;

http::verb verb_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet:
      return http::verb::get;
    case HttpMethod::kPost:
      return http::verb::post;
    case HttpMethod::kPut:
      return http::verb::put;
    case HttpMethod::kPatch:
      return http::verb::patch;
    case HttpMethod::kDelete:
      return http::verb::delete_;
  }
  return http::verb::get;
}

http::request<http::string_body> to_message(const HttpRequest& request, const ServerUrl& server) {
  http::request<http::string_body> out(verb_of(request.method), server.prefix + request.target, 11);
  out.set(http::field::host, authority(server));
  out.set(http::field::user_agent, "sluice/" + std::string(kVersion));
  out.set(http::field::accept, request.accept);
  if (!request.token.empty()) out.set(http::field::authorization, "Bearer " + request.token);
  if (!request.content_type.empty()) out.set(http::field::content_type, request.content_type);
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

std::optional<std::chrono::seconds> retry_after(beast::string_view text) {
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

/// A peer that is gone is noticed within half a minute, whether it owes us an answer or we owe it nothing.
void watch_peer(tcp::socket& socket) {
  const auto set = [&](int level, int option, int value) {
    ::setsockopt(socket.native_handle(), level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

HttpErrorKind kind_of(const error_code& error, HttpErrorKind otherwise) {
  if (error == beast::error::timeout) return HttpErrorKind::kTimeout;
  if (error == http::error::body_limit || error == http::error::header_limit) return HttpErrorKind::kTooLarge;
  const bool ended = error == http::error::end_of_stream || error == http::error::partial_message ||
                     error == ssl::error::stream_truncated || error.category() == asio::error::get_system_category() ||
                     error.category() == asio::error::get_misc_category();
  return ended ? HttpErrorKind::kClosed : otherwise;
}

/// The words of the last error of TLS: of the certificate where that was it.
std::string words_of(const error_code& error, const SSL& session) {
  const std::string refused = refused_because(session);
  return refused.empty() ? error.message() : "the server's certificate is not trusted: " + refused;
}

}  // namespace

struct Connection::State {
  State(const asio::any_io_executor& executor, std::shared_ptr<const Cluster> of, ssl::context made)
      : cluster(std::move(of)), context(std::move(made)), stream(executor, context) {}

  [[nodiscard]] HttpError error(std::string_view step, HttpErrorKind kind, std::string_view why) const {
    return {kind, to_string(cluster->server) + ": " + std::string(step) + ": " + std::string(why), false};
  }
  [[nodiscard]] HttpError error(std::string_view step, const error_code& code, HttpErrorKind otherwise) const {
    const HttpErrorKind kind = kind_of(code, otherwise);
    return error(step, kind, kind == HttpErrorKind::kTimeout ? "no answer in time" : code.message());
  }
  Result<tcp::resolver::results_type> look_up(Milliseconds timeout);
  asio::awaitable<std::optional<HttpError>> connect(Milliseconds timeout);
  template <class Stream>
  asio::awaitable<error_code> send(Stream& to, http::request<http::string_body>& message);
  template <class Stream>
  asio::awaitable<error_code> read(Stream& from);

  std::shared_ptr<const Cluster> cluster;
  ssl::context context;
  beast::ssl_stream<beast::tcp_stream> stream;  ///< without TLS only its lower layer is used
  beast::flat_buffer buffer;
  std::optional<http::response_parser<http::buffer_body>> parser;
};

/// An address needs no looking up, and no thread for it.
auto Connection::State::look_up(Milliseconds timeout) -> Result<tcp::resolver::results_type> {
  using Results = tcp::resolver::results_type;
  const ServerUrl& server = cluster->server;
  error_code error;
  const auto address = asio::ip::make_address(server.host, error);
  unsigned short port = 0;
  std::from_chars(server.port.data(), server.port.data() + server.port.size(), port);
  if (!error) co_return Results::create(tcp::endpoint(address, port), server.host, server.port);
  tcp::resolver resolver(stream.get_executor());
  asio::steady_timer deadline(stream.get_executor(), timeout);
  deadline.async_wait([&resolver](error_code stopped) {
    if (!stopped) resolver.cancel();
  });
  Results found =
      co_await resolver.async_resolve(server.host, server.port, asio::redirect_error(asio::use_awaitable, error));
  deadline.cancel();
  if (error) co_return std::unexpected(this->error("look-up", HttpErrorKind::kResolve, error.message()));
  co_return found;
}

asio::awaitable<std::optional<HttpError>> Connection::State::connect(Milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto endpoints = co_await look_up(timeout);
  if (!endpoints) co_return std::move(endpoints.error());
  error_code code;
  auto& tcp = stream.next_layer();
  tcp.expires_at(deadline);
  co_await tcp.async_connect(*endpoints, asio::redirect_error(asio::use_awaitable, code));
  if (code)
    co_return error("connect",
                    kind_of(code, HttpErrorKind::kConnect) == HttpErrorKind::kTimeout ? HttpErrorKind::kTimeout
                                                                                      : HttpErrorKind::kConnect,
                    code == beast::error::timeout ? "no answer in time" : code.message());
  watch_peer(tcp.socket());
  if (!cluster->server.tls) co_return std::nullopt;
  if (!prepare_session(*stream.native_handle(), *cluster)) {
    co_return error("TLS", HttpErrorKind::kTls, "the server's name cannot be one of a certificate");
  }
  co_await stream.async_handshake(ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, code));
  if (code == beast::error::timeout) co_return error("TLS", HttpErrorKind::kTimeout, "no answer in time");
  if (code) co_return error("TLS", HttpErrorKind::kTls, words_of(code, *stream.native_handle()));
  co_return std::nullopt;
}

template <class Stream>
asio::awaitable<error_code> Connection::State::send(Stream& to, http::request<http::string_body>& message) {
  error_code code;
  co_await http::async_write(to, message, asio::redirect_error(asio::use_awaitable, code));
  if (code) co_return code;
  co_await http::async_read_header(to, buffer, *parser, asio::redirect_error(asio::use_awaitable, code));
  co_return code;
}

/// One element of the message at a time (the parser is not eager): an eager one keeps the bytes of a chunk to itself
/// until it has seen what follows the chunk, which in a watch may be an hour later.
template <class Stream>
asio::awaitable<error_code> Connection::State::read(Stream& from) {
  error_code code;
  co_await http::async_read_some(from, buffer, *parser, asio::redirect_error(asio::use_awaitable, code));
  if (code == http::error::need_buffer) code = {};
  co_return code;
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

auto Connection::open(std::shared_ptr<const Cluster> cluster, Milliseconds timeout)
    -> Result<std::unique_ptr<Connection>> {
  const auto executor = co_await asio::this_coro::executor;
  auto context = make_tls_context(*cluster);
  if (!context) {
    HttpError error{HttpErrorKind::kTls, to_string(cluster->server) + ": " + context.error(), false};
    co_return std::unexpected(std::move(error));
  }
  auto state = std::make_unique<State>(executor, std::move(cluster), std::move(*context));
  auto failed = co_await state->connect(timeout);
  if (failed) co_return std::unexpected(std::move(*failed));
  co_return std::unique_ptr<Connection>(new Connection(std::move(state)));
}

auto Connection::start(const HttpRequest& request, Milliseconds timeout) -> Result<HttpResponse> {
  State& state = *state_;
  auto message = to_message(request, state.cluster->server);
  state.parser.emplace();
  state.parser->header_limit(kMaxHead);
  state.parser->body_limit(boost::none);
  auto& tcp = state.stream.next_layer();
  tcp.expires_after(timeout);
  error_code code;
  if (state.cluster->server.tls) {
    code = co_await state.send(state.stream, message);
  } else {
    code = co_await state.send(tcp, message);
  }
  if (code) {
    HttpError error = state.error("request", code, HttpErrorKind::kProtocol);
    error.is_unanswered = !state.parser->got_some();
    co_return std::unexpected(std::move(error));
  }
  const auto& head = state.parser->get();
  HttpResponse out;
  out.status = head.result_int();
  out.retry_after = retry_after(head[http::field::retry_after]);
  co_return out;
}

auto Connection::read_some(std::span<char> out, Milliseconds timeout) -> Result<std::size_t> {
  State& state = *state_;
  auto& tcp = state.stream.next_layer();
  tcp.expires_after(timeout);
  auto& body = state.parser->get().body();
  body.data = out.data();
  body.size = out.size();
  while (!state.parser->is_done()) {
    error_code code;
    if (state.cluster->server.tls) {
      code = co_await state.read(state.stream);
    } else {
      code = co_await state.read(tcp);
    }
    if (code) co_return std::unexpected(state.error("response", code, HttpErrorKind::kProtocol));
    if (body.size < out.size()) break;
  }
  co_return out.size() - body.size;
}

auto Connection::exchange(const HttpRequest& request, Milliseconds timeout, std::size_t limit) -> Result<HttpResponse> {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto response = co_await start(request, timeout);
  if (!response) co_return response;
  std::vector<char> chunk(kChunk);
  for (;;) {
    const auto left = std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    auto got = co_await read_some(chunk, std::max(left, Milliseconds(1)));
    if (!got) co_return std::unexpected(std::move(got.error()));
    if (*got == 0) co_return response;
    if (response->body.size() + *got > limit) {
      const std::string why = "is longer than " + std::to_string(limit) + " bytes";
      co_return std::unexpected(state_->error("response", HttpErrorKind::kTooLarge, why));
    }
    response->body.append(chunk.data(), *got);
  }
}

bool Connection::is_reusable() const {
  const State& state = *state_;
  if (!state.parser || !state.parser->is_done() || !state.parser->keep_alive() || state.buffer.size() > 0) return false;
  // Neither the end of the stream nor anything unasked (an alert of TLS) may be waiting.
  char byte = 0;
  auto& socket = beast::get_lowest_layer(state_->stream).socket();
  const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::close() {
  beast::get_lowest_layer(state_->stream).close();
}

}  // namespace sluice::kubernetes
