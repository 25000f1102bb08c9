#include "userspace/process/admin.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <list>
#include <map>

namespace sluice::process {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxConnections = 64;
constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};

struct Peer {
  std::string address;  ///< who shares it counts as one; of the unix socket: empty
  bool is_local = true;
};

Peer peer_of(const asio::local::stream_protocol::socket& /*socket*/) {
  return {};
}

Peer peer_of(const asio::ip::tcp::socket& socket) {
  error_code error;
  auto address = socket.remote_endpoint(error).address();
  if (error) return {"", false};
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return {address.to_string(), address.is_loopback()};
}

}  // namespace

struct AdminServer::State : std::enable_shared_from_this<AdminServer::State> {
  State(asio::io_context& io, AdminHandler handle, std::chrono::seconds time)
      : context(io), handler(std::move(handle)), connection_time(time) {}

  struct Connection;
  using Connections = std::list<Connection*>;
  template <class Protocol>
  struct Session;
  void make_room();
  template <class Protocol>
  void accept(asio::basic_socket_acceptor<Protocol>& acceptor);
  template <class Protocol>
  void accept_later(asio::basic_socket_acceptor<Protocol>& acceptor);
  template <class Protocol>
  std::expected<void, std::string> listen(asio::basic_socket_acceptor<Protocol>& acceptor,
                                          const typename Protocol::endpoint& endpoint, const std::string& name);

  asio::io_context& context;
  AdminHandler handler;
  const std::chrono::seconds connection_time;
  asio::local::stream_protocol::acceptor local{context};
  asio::ip::tcp::acceptor tcp{context};
  std::filesystem::path socket_path;
  Connections connections;  ///< the oldest first
};

struct AdminServer::State::Connection {
  explicit Connection(Peer whose) : peer(std::move(whose)) {}
  virtual ~Connection() = default;
  virtual void close() = 0;

  const Peer peer;
};

void AdminServer::State::make_room() {
  if (connections.size() < kMaxConnections) return;
  std::map<std::string, std::size_t> counts;
  for (const auto* each : connections) ++counts[each->peer.address];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; });
  const auto oldest =
      std::ranges::find_if(connections, [&](const auto* each) { return each->peer.address == most->first; });
  auto* const closed = *oldest;
  connections.erase(oldest);
  closed->close();
}

/// One connection: read a request, answer, again until the peer closes.
template <class Protocol>
struct AdminServer::State::Session : Connection, std::enable_shared_from_this<Session<Protocol>> {
  Session(std::shared_ptr<State> owner, asio::basic_stream_socket<Protocol> socket)
      : Connection(peer_of(socket)), server(std::move(owner)), stream(std::move(socket)) {
    server->connections.push_back(this);
    stream.expires_after(server->connection_time);
  }
  ~Session() override { server->connections.remove(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void read() {
    parser.emplace();
    parser->header_limit(16 * 1024);
    parser->body_limit(64 * 1024);
    http::async_read(stream, buffer, *parser, [self = this->shared_from_this()](error_code error, std::size_t) {
      if (!error) self->answer();
    });
  }

  void close() override { stream.close(); }

  void answer() {
    const auto& request = parser->get();
    AdminRequest asked{std::string(request.method_string()), std::string(request.target()), "", peer.is_local};
    if (const auto mark = asked.path.find('?'); mark != std::string::npos) {
      asked.query = asked.path.substr(mark + 1);
      asked.path.resize(mark);
    }
    AdminResponse reply = server->handler(asked);
    response = {};
    response.version(request.version());
    response.result(reply.status);
    response.set(http::field::content_type, reply.content_type);
    response.set(http::field::cache_control, "no-store");
    response.keep_alive(request.keep_alive());
    response.body() = std::move(reply.body);
    response.prepare_payload();
    http::async_write(stream, response, [self = this->shared_from_this()](error_code error, std::size_t) {
      if (!error && self->response.keep_alive()) self->read();
    });
  }

  std::shared_ptr<State> server;
  beast::basic_stream<Protocol> stream;
  beast::flat_buffer buffer;
  std::optional<http::request_parser<http::string_body>> parser;
  http::response<http::string_body> response;
};

template <class Protocol>
void AdminServer::State::accept(asio::basic_socket_acceptor<Protocol>& acceptor) {
  acceptor.async_accept(
      [self = shared_from_this(), &acceptor](error_code error, asio::basic_stream_socket<Protocol> socket) {
        if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
        if (error) return self->accept_later(acceptor);
        self->make_room();
        std::make_shared<Session<Protocol>>(self, std::move(socket))->read();
        self->accept(acceptor);
      });
}

// Out of descriptors, and the connection still waits: asking again at once would only turn in circles.
template <class Protocol>
void AdminServer::State::accept_later(asio::basic_socket_acceptor<Protocol>& acceptor) {
  const auto timer = std::make_shared<asio::steady_timer>(context, kPauseWithoutDescriptors);
  timer->async_wait([self = shared_from_this(), &acceptor, timer](error_code error) {
    if (!error && acceptor.is_open()) self->accept(acceptor);
  });
}

template <class Protocol>
std::expected<void, std::string> AdminServer::State::listen(asio::basic_socket_acceptor<Protocol>& acceptor,
                                                            const typename Protocol::endpoint& endpoint,
                                                            const std::string& name) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error && !std::is_same_v<Protocol, asio::local::stream_protocol>) {
    acceptor.set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return std::unexpected("admin endpoint " + name + ": " + error.message());
  accept(acceptor);
  return {};
}

AdminServer::AdminServer(asio::io_context& context, AdminHandler handler, std::chrono::seconds connection_time)
    : state_(std::make_shared<State>(context, std::move(handler), connection_time)) {}

AdminServer::~AdminServer() {
  error_code ignored;
  state_->local.close(ignored);
  state_->tcp.close(ignored);
  if (!state_->socket_path.empty()) ::unlink(state_->socket_path.c_str());
}

std::expected<void, std::string> AdminServer::listen_unix(const std::filesystem::path& path) {
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  const asio::local::stream_protocol::endpoint endpoint(path.string());
  asio::local::stream_protocol::socket probe(state_->context);
  error_code error;
  probe.connect(endpoint, error);
  if (!error) return std::unexpected("admin endpoint " + path.string() + ": another process answers there");
  if (std::filesystem::is_socket(path, ignored)) std::filesystem::remove(path, ignored);
  const mode_t before = ::umask(0177);
  auto listening = state_->listen(state_->local, endpoint, path.string());
  ::umask(before);
  if (listening) state_->socket_path = path;
  return listening;
}

std::expected<void, std::string> AdminServer::listen_tcp(const std::string& address, std::uint16_t port) {
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(address), port);
  return state_->listen(state_->tcp, endpoint, address + " port " + std::to_string(port));
}

std::uint16_t AdminServer::tcp_port() const {
  error_code none;
  return state_->tcp.local_endpoint(none).port();
}

}  // namespace sluice::process
