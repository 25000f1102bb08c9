#include "userspace/l7/door.h"

#include <unistd.h>

#include <utility>

#include "userspace/transport/socket.h"

namespace sluice::l7 {

std::string_view name(DoorReason reason) {
  switch (reason) {
#define X(enumerator, label)      \
  case DoorReason::k##enumerator: \
    return label;
    SLUICE_DOOR_REASONS(X)
#undef X
  }
  return "";
}

void Door::on_accept(int fd) {
  counters_.accepted.add();
  const PortListeners* port = port_of(fd);
  if (port == nullptr) return refuse(fd, DoorReason::kNoListener);
  if (!port->tls.all().empty()) {
    passthrough::HelloSink& sink = *this;
    auto reader = std::make_unique<passthrough::HelloReader>(loop_, fd, sink);
    auto* const key = reader.get();
    hellos_.emplace(key, std::move(reader));
    return;
  }
  if (http_ == nullptr) return refuse(fd, DoorReason::kNoHttpService);
  transport::set_keep_alive(fd);
  http_->serve({.stream = loop_.adopt(fd), .protocol = Protocol::kHttp1, .tls = false, .server_name = {}});
}

void Door::on_hello(passthrough::HelloReader& reader, const passthrough::Hello& hello) {
  using passthrough::Reason;
  const int fd = reader.take_fd();
  std::string bytes = reader.take_bytes();
  hellos_.erase(&reader);
  // The tables may have changed since the connection came.
  const PortListeners* port = port_of(fd);
  if (port == nullptr) return refuse(fd, DoorReason::kNoListener);
  const TlsListener* listener = port->select(hello.server_name);
  if (listener == nullptr)
    return passthrough_.refuse(fd, hello.server_name.empty() ? Reason::kNoSni : Reason::kUnknownName);
  if (listener->passthrough != nullptr)
    return passthrough_.relay(fd, std::move(bytes), listener->passthrough->choose(hello.server_name));
  terminate(fd, std::move(bytes), hello.server_name, *listener);
}

void Door::on_no_hello(passthrough::HelloReader& reader, passthrough::Reason reason) {
  const int fd = reader.take_fd();
  hellos_.erase(&reader);
  passthrough_.refuse(fd, reason);
}

void Door::terminate(int fd, std::string hello, std::string server_name, const TlsListener& listener) {
  if (listener.keys == nullptr || listener.keys->empty()) return refuse(fd, DoorReason::kNoCertificate);
  if (http_ == nullptr) return refuse(fd, DoorReason::kNoHttpService);
  transport::set_keep_alive(fd);
  tls_.accept(loop_.adopt(fd), std::move(hello), std::move(server_name), *listener.keys);
}

void Door::stop() {
  hellos_.clear();
  tls_.stop();
  passthrough_.stop();
}

const PortListeners* Door::port_of(int fd) const {
  if (listeners_ == nullptr) return nullptr;
  const auto local = transport::Address::of_local(fd);
  return listeners_->find(SocketAddress::make(local.ip(), local.port()));
}

void Door::refuse(int fd, DoorReason reason) {
  counters_.refused[static_cast<std::size_t>(reason)].add();
  transport::reset_connection(fd);
  ::close(fd);
}

}  // namespace sluice::l7
