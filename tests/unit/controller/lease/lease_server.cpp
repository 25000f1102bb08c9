#include "tests/unit/controller/lease/lease_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

namespace sluice::lease {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

LeaseServer::LeaseServer() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0) {
    std::abort();
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

LeaseServer::~LeaseServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (auto& [fd, thread] : connections_) ::shutdown(fd, SHUT_RDWR);
  for (auto& [fd, thread] : connections_) {
    thread.join();
    ::close(fd);
  }
}

kubernetes::Cluster LeaseServer::cluster() const {
  kubernetes::Cluster out;
  out.server = {false, "127.0.0.1", std::to_string(port_), ""};
  return out;
}

void LeaseServer::accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    connections_.emplace_back(fd, std::thread([this, fd] { serve(fd); }));
  }
}

void LeaseServer::serve(int fd) {
  asio::io_context context;
  tcp::socket socket(context);
  socket.assign(tcp::v4(), ::dup(fd));
  beast::flat_buffer buffer;
  beast::error_code error;
  while (!error) {
    http::request<http::string_body> request;
    http::read(socket, buffer, request, error);
    if (error) return;
    auto [status, body] =
        fails_ ? std::pair<unsigned, std::string>{503, "{}"}
               : answer(std::string(request.method_string()), std::string(request.target()), request.body());
    http::response<http::string_body> response(static_cast<http::status>(status), 11, std::move(body));
    response.prepare_payload();
    http::write(socket, response, error);
  }
}

std::pair<unsigned, std::string> LeaseServer::store(const std::string& method, const std::string& name,
                                                    const std::string& body) {
  json::value object = json::parse(body);
  json::object& metadata = object.as_object().at("metadata").as_object();
  const auto known = leases_.find(name);
  if (method == "POST" && known != leases_.end()) return {409, R"({"kind":"Status","reason":"AlreadyExists"})"};
  if (method == "PUT") {
    if (known == leases_.end()) return {404, R"({"kind":"Status","reason":"NotFound"})"};
    const json::value stored = json::parse(known->second);
    if (metadata.at("resourceVersion") != stored.at("metadata").at("resourceVersion"))
      return {409, R"({"kind":"Status","reason":"Conflict"})"};
  }
  metadata["resourceVersion"] = std::to_string(++version_);
  return {method == "POST" ? 201 : 200, leases_[name] = json::serialize(object)};
}

std::pair<unsigned, std::string> LeaseServer::answer(const std::string& method, const std::string& target,
                                                     const std::string& body) {
  const std::scoped_lock lock(mutex_);
  const std::string collection = "/apis/coordination.k8s.io/v1/namespaces/s/leases";
  const std::string rest = target.substr(std::min(collection.size(), target.size()));
  if (!target.starts_with(collection)) return {404, "{}"};
  if (method == "POST") {
    return store(method, std::string(json::parse(body).at("metadata").at("name").as_string()), body);
  }
  if (!rest.starts_with("/")) {
    std::string items;
    for (const auto& [name, text] : leases_) items += (items.empty() ? "" : ",") + text;
    return {200, R"({"metadata":{"resourceVersion":"1"},"items":[)" + items + "]}"};
  }
  if (method == "PUT") return store(method, rest.substr(1), body);
  const auto known = leases_.find(rest.substr(1));
  return known != leases_.end() ? std::pair<unsigned, std::string>{200, known->second}
                                : std::pair<unsigned, std::string>{404, R"({"kind":"Status","reason":"NotFound"})"};
}

std::string LeaseServer::field(const std::string& name, const std::string& pointer) const {
  const std::scoped_lock lock(mutex_);
  const auto known = leases_.find(name);
  if (known == leases_.end()) return "";
  const json::value object = json::parse(known->second);
  boost::system::error_code error;
  const auto* found = object.find_pointer(pointer, error);
  if (found == nullptr) return "";
  return found->is_string() ? std::string(found->as_string()) : json::serialize(*found);
}

void LeaseServer::erase(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  leases_.erase(name);
}

}  // namespace sluice::lease
