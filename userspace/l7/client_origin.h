// Where a client's connection comes from and goes to: what ClientFacts show, kept as long as the connection lives.
#pragma once

#include <cstdint>
#include <string>

#include "userspace/l7/client_side.h"
#include "userspace/l7/stream.h"
#include "userspace/l7/tables.h"

namespace sluice::l7 {

class HttpWorker;

class ClientOrigin {
 public:
  void open(const transport::Stream& stream, std::string server_name, bool tls);

  /// For the next request: the listeners as of the worker's tables now.
  const ClientFacts& facts(const HttpWorker& worker);

  [[nodiscard]] bool tls() const { return facts_.tls; }
  [[nodiscard]] const std::string& server_name() const { return server_name_; }

 private:
  ClientFacts facts_;
  SocketAddress asked_;  ///< the local address and port
  std::string address_;
  std::string local_;
  std::string server_name_;
  std::uint64_t version_ = 0;  ///< of the tables that facts_.listeners was looked up in
};

}  // namespace sluice::l7
