// What both back ends do with a TCP socket by plain system calls.
#pragma once

#include <expected>
#include <string>

#include "userspace/transport/address.h"

namespace sluice::transport {

/// A non-blocking, close-on-exec TCP socket of that family; errno as the error.
std::expected<int, int> make_tcp_socket(int family);

/// TCP_NODELAY: we send whole messages, there is nothing to wait for.
void set_no_delay(int fd);

/// Probes an idle peer, so that one that is gone without a word is noticed (when: net.ipv4.tcp_keepalive_*).
void set_keep_alive(int fd);

/// For connections that we begin: a peer that is gone without a word (its host died, the network is cut), or takes
/// nothing for a minute, is an error (ETIMEDOUT) after 60 to 80 s, where the kernel's defaults take 15 minutes if
/// something is unacknowledged and else for ever.
void notice_dead_peer(int fd);

/// RST at once, also while operations hold the descriptor: connect(AF_UNSPEC) disconnects the socket itself, where
/// SO_LINGER waits for the last reference.
void reset_connection(int fd);

/// Nothing to be read: no octet, no FIN, no error.
bool has_nothing_to_read(int fd);

/// The socket's pending error (SO_ERROR), cleared; 0: none.
int take_socket_error(int fd);

/// Bound and listening, non-blocking, SO_REUSEPORT; IPv6 sockets take IPv6 alone. Error: what failed, for a person.
std::expected<int, std::string> listen_on(const Address& address);

}  // namespace sluice::transport
