// The admin endpoint: HTTP/1.1 on a unix socket (mode 0600) and, where asked for, on a TCP address.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace sluice::process {

struct AdminRequest {
  std::string method;
  std::string path;   ///< without the query
  std::string query;  ///< after '?', undecoded
  /// By the unix socket, or from a loopback address: of this host, or of this pod.
  bool is_local = false;
};

struct AdminResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// Runs on the io_context's thread; must not block.
using AdminHandler = std::function<AdminResponse(const AdminRequest&)>;

/// Serves until destroyed; the socket's file is removed then. At most 64 connections, 10 s each: one more ends the
/// oldest of the peer that has most of them, so that who holds many of them idle keeps out nobody but himself.
class AdminServer {
 public:
  AdminServer(boost::asio::io_context& context, AdminHandler handler,
              std::chrono::seconds connection_time = std::chrono::seconds(10));
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Replaces a socket file that nobody listens on; an error where somebody does (another sluiced of this instance).
  std::expected<void, std::string> listen_unix(const std::filesystem::path& path);
  std::expected<void, std::string> listen_tcp(const std::string& address, std::uint16_t port);
  /// Of listen_tcp(), which may have been told 0: any that is free. 0: none.
  [[nodiscard]] std::uint16_t tcp_port() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::process
