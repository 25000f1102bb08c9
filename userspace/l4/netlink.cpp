#include "userspace/l4/netlink.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::l4 {
namespace {

constexpr std::size_t kHeader = NLMSG_HDRLEN;
constexpr std::size_t kBuffer = 64 * 1024;  // the kernel fills at most 32 KiB of it

void each_message(std::span<const std::byte> datagram,
                  const std::function<void(const nlmsghdr&, std::span<const std::byte>)>& visit) {
  while (datagram.size() >= kHeader) {
    nlmsghdr head;
    std::memcpy(&head, datagram.data(), sizeof(head));
    if (head.nlmsg_len < kHeader || head.nlmsg_len > datagram.size()) return;
    visit(head, datagram.subspan(kHeader, head.nlmsg_len - kHeader));
    datagram = datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(head.nlmsg_len), datagram.size()));
  }
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

int Fd::release() {
  return std::exchange(fd_, -1);
}

void NetlinkAttributes::each(const std::function<void(int, std::span<const std::byte>)>& visit) const {
  auto rest = bytes_;
  while (rest.size() >= sizeof(nlattr)) {
    nlattr head;
    std::memcpy(&head, rest.data(), sizeof(head));
    if (head.nla_len < sizeof(head) || head.nla_len > rest.size()) return;
    visit(head.nla_type & NLA_TYPE_MASK, rest.subspan(sizeof(head), head.nla_len - sizeof(head)));
    rest = rest.subspan(std::min<std::size_t>(NLA_ALIGN(head.nla_len), rest.size()));
  }
}

std::optional<std::span<const std::byte>> NetlinkAttributes::find(int type) const {
  std::optional<std::span<const std::byte>> found;
  each([&](int seen, std::span<const std::byte> value) {
    if (seen == type && !found) found = value;
  });
  return found;
}

std::optional<std::uint32_t> NetlinkAttributes::number(int type) const {
  const auto value = find(type);
  if (!value || value->size() < sizeof(std::uint32_t)) return std::nullopt;
  std::uint32_t number = 0;
  std::memcpy(&number, value->data(), sizeof(number));
  return number;
}

std::string NetlinkAttributes::text(int type) const {
  const auto value = find(type);
  if (!value || value->empty()) return {};
  std::string text(reinterpret_cast<const char*>(value->data()), value->size());
  return text.substr(0, text.find('\0'));
}

NetlinkAttributes NetlinkAttributes::nest(int type) const {
  return NetlinkAttributes(find(type).value_or(std::span<const std::byte>{}));
}

NetlinkRequest::NetlinkRequest(int type, int flags, const void* body, std::size_t size) {
  nlmsghdr head{};
  head.nlmsg_type = static_cast<std::uint16_t>(type);
  head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  append(&head, sizeof(head));
  append(body, size);
}

void NetlinkRequest::append(const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  bytes_.insert(bytes_.end(), first, first + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

NetlinkRequest& NetlinkRequest::add(int type, std::span<const std::byte> value) {
  nlattr head{};
  head.nla_len = static_cast<std::uint16_t>(sizeof(head) + value.size());
  head.nla_type = static_cast<std::uint16_t>(type);
  append(&head, sizeof(head));
  append(value.data(), value.size());
  return *this;
}

NetlinkRequest& NetlinkRequest::add(int type, std::string_view text) {
  std::string copy(text);
  return add(type, std::as_bytes(std::span(copy.c_str(), copy.size() + 1)));
}

NetlinkRequest& NetlinkRequest::add_number(int type, std::uint32_t value) {
  return add(type, std::as_bytes(std::span(&value, 1)));
}

NetlinkRequest& NetlinkRequest::add_number_be(int type, std::uint32_t value) {
  return add_number(type, htonl(value));
}

NetlinkRequest& NetlinkRequest::begin(int type) {
  nests_.push_back(bytes_.size());
  return add(type | NLA_F_NESTED, std::span<const std::byte>{});
}

NetlinkRequest& NetlinkRequest::end() {
  const std::size_t start = nests_.back();
  nests_.pop_back();
  const auto length = static_cast<std::uint16_t>(bytes_.size() - start);
  std::memcpy(bytes_.data() + start, &length, sizeof(length));
  return *this;
}

std::span<const std::byte> NetlinkRequest::bytes(std::uint32_t sequence) {
  nlmsghdr head;
  std::memcpy(&head, bytes_.data(), sizeof(head));
  head.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
  head.nlmsg_seq = sequence;
  std::memcpy(bytes_.data(), &head, sizeof(head));
  return bytes_;
}

std::expected<Netlink, std::string> Netlink::open(int protocol, std::span<const unsigned> groups) {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!fd.valid()) return std::unexpected("netlink socket: " + std::string(std::strerror(errno)));
  const int one = 1;
  const int receive_buffer = 4 << 20;
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
  // FORCE needs CAP_NET_ADMIN, which a datapath has; otherwise the default size serves.
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof(receive_buffer));
  sockaddr_nl local{};
  local.nl_family = AF_NETLINK;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof(local)) != 0) {
    return std::unexpected("netlink bind: " + std::string(std::strerror(errno)));
  }
  for (const unsigned group : groups) {
    if (::setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) != 0) {
      return std::unexpected("netlink group " + std::to_string(group) + ": " + std::strerror(errno));
    }
  }
  return Netlink(std::move(fd));
}

std::expected<void, int> Netlink::change(NetlinkRequest request) {
  return change_all(std::span(&request, 1), 1);
}

std::expected<void, int> Netlink::change_all(std::span<NetlinkRequest> requests, int acknowledgements) {
  std::vector<std::byte> datagram;
  const std::uint32_t sequence = ++sequence_;
  for (auto& request : requests) {
    const auto bytes = request.bytes(sequence);
    datagram.insert(datagram.end(), bytes.begin(), bytes.end());
  }
  if (::send(fd_.get(), datagram.data(), datagram.size(), 0) < 0) return std::unexpected(errno);
  return receive(sequence, acknowledgements, {});
}

std::expected<void, int> Netlink::query(NetlinkRequest request, const NetlinkVisitor& visit) {
  const std::uint32_t sequence = ++sequence_;
  const auto bytes = request.bytes(sequence);
  if (::send(fd_.get(), bytes.data(), bytes.size(), 0) < 0) return std::unexpected(errno);
  return receive(sequence, 1, visit);
}

/// An error ends it; DONE and a lone answer count as one acknowledgement each.
struct Netlink::Awaited {
  int acknowledgements;
  int failure = 0;

  void take(const nlmsghdr& head, std::span<const std::byte> payload, const NetlinkVisitor& visit) {
    if (head.nlmsg_type == NLMSG_ERROR || head.nlmsg_type == NLMSG_DONE) {
      int code = 0;
      if (payload.size() >= sizeof(code)) std::memcpy(&code, payload.data(), sizeof(code));
      if (code != 0 && failure == 0) failure = -code;
      acknowledgements = failure != 0 ? 0 : acknowledgements - 1;
      return;
    }
    if (!visit || head.nlmsg_type < NLMSG_MIN_TYPE) return;
    visit({head.nlmsg_type, payload});
    if ((head.nlmsg_flags & NLM_F_MULTI) == 0) --acknowledgements;
  }
};

std::expected<void, int> Netlink::receive(std::uint32_t sequence, int acknowledgements, const NetlinkVisitor& visit) {
  std::vector<std::byte> buffer(kBuffer);
  Awaited awaited{acknowledgements};
  while (awaited.acknowledgements > 0) {
    const auto size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::unexpected(errno);
    each_message(std::span<const std::byte>(buffer).first(static_cast<std::size_t>(size)),
                 [&](const nlmsghdr& head, std::span<const std::byte> payload) {
                   if (head.nlmsg_seq == sequence) awaited.take(head, payload, visit);
                 });
  }
  if (awaited.failure != 0) return std::unexpected(awaited.failure);
  return {};
}

bool Netlink::events(const NetlinkVisitor& visit) {
  std::vector<std::byte> buffer(kBuffer);
  bool whole = true;
  for (;;) {
    const auto size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) {
      whole = false;
      continue;
    }
    if (size <= 0) return whole;
    each_message(std::span<const std::byte>(buffer).first(static_cast<std::size_t>(size)),
                 [&](const nlmsghdr& head, std::span<const std::byte> payload) { visit({head.nlmsg_type, payload}); });
  }
}

}  // namespace sluice::l4
