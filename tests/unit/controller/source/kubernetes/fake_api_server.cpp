#include "tests/unit/controller/source/kubernetes/fake_api_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdlib>
#include <sstream>

namespace sluice::kubernetes {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr const char* kNotFound = R"({"kind":"Status","code":404,"reason":"NotFound","message":"not found"})";

std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> out;
  std::istringstream in(path.substr(1));
  for (std::string part; std::getline(in, part, '/');) out.push_back(part);
  return out;
}

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
    i += 2;
  }
  return out;
}

std::string parameter(const std::string& query, const std::string& name) {
  std::istringstream in(query);
  for (std::string pair; std::getline(in, pair, '&');) {
    if (pair.starts_with(name + "=")) return decoded(pair.substr(name.size() + 1));
  }
  return {};
}

/// /api/V/… or /apis/G/V/…, with [namespaces/NS/]PLURAL[/NAME].
ResourcePath resource_path(const std::string& path) {
  std::vector<std::string> parts = parts_of(path);
  ResourcePath out;
  std::size_t at = 1;
  if (parts[0] == "apis" && at < parts.size()) out.resource.group = parts[at++];
  if (at < parts.size()) out.resource.version = parts[at++];
  if (at + 2 < parts.size() && parts[at] == "namespaces") {
    out.namespace_ = parts[at + 1];
    at += 2;
  }
  if (at < parts.size()) out.resource.plural = parts[at++];
  if (at < parts.size()) out.name = parts[at];
  return out;
}

template <class Stream>
bool write(Stream& stream, const std::string& text) {
  error_code error;
  asio::write(stream, asio::buffer(text), error);
  return !error;
}

std::string chunk(const std::string& text) {
  std::ostringstream size;
  size << std::hex << text.size();
  return size.str() + "\r\n" + text + "\r\n";
}

std::string head(unsigned status, const std::string& header, const std::string& framing) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
         (header.empty() ? "" : header + "\r\n") + framing + "\r\n\r\n";
}

const std::string kLastChunk = "0\r\n\r\n";

}  // namespace

struct FakeApiServer::Tls {
  ssl::context context{ssl::context::tls_server};
};

FakeApiServer::FakeApiServer() {
  start();
}

FakeApiServer::FakeApiServer(const KeyPair& certificate, const std::string& clients) : tls_(std::make_unique<Tls>()) {
  tls_->context.use_certificate_chain(asio::buffer(certificate.certificate));
  tls_->context.use_private_key(asio::buffer(certificate.key), ssl::context::pem);
  if (!clients.empty()) {
    tls_->context.add_certificate_authority(asio::buffer(clients));
    tls_->context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  start();
}

FakeApiServer::~FakeApiServer() {
  stop();
}

Cluster FakeApiServer::cluster() const {
  Cluster out;
  out.server = {tls_ != nullptr, "127.0.0.1", std::to_string(port_), ""};
  return out;
}

void FakeApiServer::start() {
  is_stopping_ = false;
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0)
    std::abort();
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

void FakeApiServer::stop() {
  if (!acceptor_.joinable()) return;
  is_stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  std::list<Connection> ending;
  {
    const std::scoped_lock lock(mutex_);
    for (auto& connection : connections_) ::shutdown(connection.fd, SHUT_RDWR);
    ending.swap(connections_);
  }
  world_.wake();
  for (auto& connection : ending) {
    connection.thread.join();
    ::close(connection.fd);
  }
}

void FakeApiServer::end_watches() {
  ++watch_round_;
  world_.wake();
}

void FakeApiServer::accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    connections_.push_back({fd, std::thread([this, fd] { serve(fd); })});
  }
}

/// The descriptor stays open until stop(), so that no other gets its number meanwhile.
void FakeApiServer::serve(int fd) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.assign(tcp::v4(), ::dup(fd));
  if (tls_ == nullptr) {
    converse(socket);
  } else {
    ssl::stream<tcp::socket&> stream(socket, tls_->context);
    error_code error;
    stream.handshake(ssl::stream_base::server, error);
    if (!error) converse(stream);
  }
  ::shutdown(fd, SHUT_RDWR);
}

template <class Stream>
void FakeApiServer::converse(Stream& stream) {
  beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    error_code error;
    http::read(stream, buffer, request, error);
    if (error) return;
    Seen seen{std::string(request.method_string()) + " " + std::string(request.target()),
              std::string(request[http::field::accept]), std::string(request[http::field::authorization]),
              std::string(request[http::field::content_type]), request.body()};
    {
      const std::scoped_lock lock(mutex_);
      seen_.push_back(seen);
    }
    if (!answer(stream, seen)) return;
  }
}

std::optional<Fault> FakeApiServer::take_fault(const std::string& line) {
  const std::scoped_lock lock(mutex_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (line.find(fault->request) == std::string::npos) continue;
    Fault out = std::move(*fault);
    faults_.erase(fault);
    return out;
  }
  return std::nullopt;
}

template <class Stream>
bool FakeApiServer::answer(Stream& stream, const Seen& request) {
  const std::string target = request.line.substr(request.line.find(' ') + 1);
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = path.size() < target.size() ? target.substr(path.size() + 1) : "";
  const auto fault = take_fault(request.line);
  for (auto left = fault ? fault->delay.count() : 0; left > 0 && !is_stopping_; left -= 5) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (fault && fault->closes) return false;
  if (fault && fault->chunks) {
    if (!write(stream, head(200, "", "Transfer-Encoding: chunked"))) return false;
    for (const auto& text : *fault->chunks) {
      if (!write(stream, chunk(text))) return false;
    }
    return !fault->cut && write(stream, kLastChunk);
  }
  const bool is_watch = parameter(query, "watch") == "1";
  if (is_watch && (!fault || fault->status == 0) && world_.is_served(resource_path(path).resource)) {
    return watch(stream, resource_path(path).resource, std::stoull(parameter(query, "resourceVersion")));
  }
  Reply reply =
      fault && fault->status != 0 ? Reply{fault->status, fault->header, fault->body} : reply_to(request, path, query);
  const std::string framing = "Content-Length: " + std::to_string(reply.body.size());
  if (fault && fault->cut) reply.body.resize(std::min(*fault->cut, reply.body.size()));
  return write(stream, head(reply.status, reply.header, framing) + reply.body) && !(fault && fault->cut);
}

template <class Stream>
bool FakeApiServer::watch(Stream& stream, const Resource& resource, std::uint64_t version) {
  const unsigned round = watch_round_;
  const auto stop = [&] { return is_stopping_ || round != watch_round_; };
  const std::string gone = R"({"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"})";
  if (world_.is_compacted(version)) {
    return write(stream, head(410, "", "Content-Length: " + std::to_string(gone.size())) + gone);
  }
  if (!write(stream, head(200, "", "Transfer-Encoding: chunked"))) return false;
  for (;;) {
    const auto events = world_.events(resource, version, stop);
    if (!events) return write(stream, chunk(R"({"type":"ERROR","object":)" + gone + "}\n") + kLastChunk);
    if (events->empty()) return write(stream, kLastChunk);
    for (const auto& event : *events) {
      if (!write(stream, chunk(event.text))) return false;
      version = event.version;
    }
  }
}

FakeApiServer::Reply FakeApiServer::reply_to(const Seen& request, const std::string& path, const std::string& query) {
  const auto parts = parts_of(path);
  const Reply none{404, "", kNotFound};
  if (parts[0] == "apis" && parts.size() == 2) {
    const auto group = world_.group(parts[1]);
    return group ? Reply{200, "", *group} : none;
  }
  if (parts.size() == (parts[0] == "api" ? 2U : 3U)) {
    const auto group = world_.group_version(parts.size() == 3 ? parts[1] : "", parts.back());
    return group ? Reply{200, "", *group} : none;
  }
  const ResourcePath resource = resource_path(path);
  if (!world_.is_served(resource.resource)) return none;
  if (request.line.starts_with("PATCH ")) {
    const auto done = world_.patch(resource, request.body);
    return {done.status, "", done.body};
  }
  const bool writes = request.line.starts_with("POST ") || request.line.starts_with("PUT ");
  if (writes && request.body.contains("\"metadata\"")) {
    const auto done = world_.write(resource, request.body);
    return {done.status, "", done.body};
  }
  if (!resource.name.empty()) {
    const auto object = world_.get(resource);
    return object ? Reply{200, "", *object} : none;
  }
  const std::string limit = parameter(query, "limit");
  const auto page = world_.list(resource.resource, limit.empty() ? 1000U : static_cast<unsigned>(std::stoul(limit)),
                                parameter(query, "continue"));
  return {page.status, "", page.body};
}

void FakeApiServer::fault(Fault fault) {
  const std::scoped_lock lock(mutex_);
  faults_.push_back(std::move(fault));
}

std::size_t FakeApiServer::faults_left() const {
  const std::scoped_lock lock(mutex_);
  return faults_.size();
}

std::vector<Seen> FakeApiServer::seen(const std::string& text) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Seen> out;
  for (const auto& one : seen_) {
    if (one.line.find(text) != std::string::npos) out.push_back(one);
  }
  return out;
}

}  // namespace sluice::kubernetes
