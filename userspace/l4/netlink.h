// Netlink, as much as a datapath needs: requests with an answer, dumps, and a socket that hears events. No library:
// libmnl would save a page and add a dependency to the image.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sluice::l4 {

/// A file descriptor that is closed once.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release();

 private:
  int fd_ = -1;
};

/// The attributes of a message or of a nest (rtattr, nlattr: one layout). Views into a message that must outlive it.
class NetlinkAttributes {
 public:
  explicit NetlinkAttributes(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// The first of that type, without its header; nullopt: none.
  [[nodiscard]] std::optional<std::span<const std::byte>> find(int type) const;
  [[nodiscard]] std::optional<std::uint32_t> number(int type) const;  ///< host order, 4 bytes
  [[nodiscard]] std::string text(int type) const;                     ///< "" when there is none
  [[nodiscard]] NetlinkAttributes nest(int type) const;               ///< empty when there is none
  void each(const std::function<void(int type, std::span<const std::byte> value)>& visit) const;

 private:
  std::span<const std::byte> bytes_;
};

/// A request under construction.
class NetlinkRequest {
 public:
  /// flags beside NLM_F_REQUEST. body: the family's fixed header (ifinfomsg, rtmsg, nfgenmsg, ...).
  template <class Body>
  NetlinkRequest(int type, int flags, const Body& body) : NetlinkRequest(type, flags, &body, sizeof(body)) {}

  NetlinkRequest& add(int type, std::span<const std::byte> value);
  NetlinkRequest& add(int type, std::span<const std::uint8_t> value) { return add(type, std::as_bytes(value)); }
  NetlinkRequest& add(int type, std::string_view text);  ///< with its terminating zero
  NetlinkRequest& add_number(int type, std::uint32_t value);
  NetlinkRequest& add_number_be(int type, std::uint32_t value);
  NetlinkRequest& begin(int type);  ///< a nest
  NetlinkRequest& end();

  [[nodiscard]] std::span<const std::byte> bytes(std::uint32_t sequence);

 private:
  NetlinkRequest(int type, int flags, const void* body, std::size_t size);
  void append(const void* data, std::size_t size);

  std::vector<std::byte> bytes_;
  std::vector<std::size_t> nests_;
};

/// One message as it came.
struct NetlinkMessage {
  int type = 0;
  std::span<const std::byte> payload;

  template <class Body>
  [[nodiscard]] const Body* body() const {
    static_assert(std::is_trivially_copyable_v<Body>);
    return payload.size() < sizeof(Body) ? nullptr : reinterpret_cast<const Body*>(payload.data());
  }
  /// What follows the fixed header.
  template <class Body>
  [[nodiscard]] NetlinkAttributes attributes() const {
    constexpr std::size_t kSize = NLMSG_ALIGN(sizeof(Body));
    return NetlinkAttributes(payload.size() < kSize ? std::span<const std::byte>{} : payload.subspan(kSize));
  }
};

using NetlinkVisitor = std::function<void(const NetlinkMessage&)>;

/// A socket of one protocol. Blocking for requests (the kernel answers at once), never for events.
class Netlink {
 public:
  /// protocol: NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_GENERIC. groups: RTNLGRP_* to hear of.
  static std::expected<Netlink, std::string> open(int protocol, std::span<const unsigned> groups = {});

  [[nodiscard]] int fd() const { return fd_.get(); }

  /// Sends and waits for the acknowledgement. Error: errno.
  std::expected<void, int> change(NetlinkRequest request);

  /// Several requests in one datagram (netfilter transactions): `request` types are theirs; one acknowledgement each
  /// that asks for it (NLM_F_ACK). Error: the first errno.
  std::expected<void, int> change_all(std::span<NetlinkRequest> requests, int acknowledgements);

  /// Sends and hands every message of the answer (dump or single) to `visit`. Error: errno.
  std::expected<void, int> query(NetlinkRequest request, const NetlinkVisitor& visit);

  /// Hands over what has come without blocking. False: messages were lost (ENOBUFS), all must be read anew.
  bool events(const NetlinkVisitor& visit);

 private:
  struct Awaited;
  explicit Netlink(Fd fd) : fd_(std::move(fd)) {}
  std::expected<void, int> receive(std::uint32_t sequence, int acknowledgements, const NetlinkVisitor& visit);

  Fd fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace sluice::l4
