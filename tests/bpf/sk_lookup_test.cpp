// Connections to listeners of the engine reach a worker's socket, whatever address and port that is bound to.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sluice/bpf/maps.h"
#include "tests/bpf/kernel.h"
#include "tests/bpf/network.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

struct Socket {
  explicit Socket(int descriptor) : fd(descriptor) {}
  ~Socket() { close(fd); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd;
};

struct Name {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Name name_of_endpoint(const Endpoint& at) {
  Name name;
  if (at.kind == FAMILY_V4) {
    auto* in = reinterpret_cast<sockaddr_in*>(&name.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(at.port);
    std::memcpy(&in->sin_addr, at.ip.data(), 4);
    name.size = sizeof(*in);
  } else {
    auto* in = reinterpret_cast<sockaddr_in6*>(&name.storage);
    in->sin6_family = AF_INET6;
    in->sin6_port = htons(at.port);
    std::memcpy(&in->sin6_addr, at.ip.data(), 16);
    name.size = sizeof(*in);
  }
  return name;
}

class SkLookup : public Scenario {
 protected:
  void SetUp() override {
    // VIPs are local routes; the network is the process's, so the routes stay for the next test
    static const bool routed = [] {
      shell("ip route add local 198.51.100.7 dev lo && ip -6 route add local 2001:db8:feed::7 dev lo");
      return true;
    }();
    ASSERT_TRUE(routed);
    const Socket here(open("/proc/self/ns/net", O_RDONLY));
    link_ = bpf_program__attach_netns(kernel().progs.sluice_sk_lookup, here.fd);
    ASSERT_NE(link_, nullptr);
    gateway.serve(vip(80), IPPROTO_TCP, {0}, SERVICE_LOCAL);
  }
  void TearDown() override { bpf_link__destroy(link_); }

  [[nodiscard]] int domain() const { return is_v4() ? AF_INET : AF_INET6; }

  /// A worker's socket, in the place of worker `number`.
  int listening(std::uint32_t number) {
    const int fd = socket(domain(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    Name loopback = name_of_endpoint(endpoint(is_v4() ? "127.0.0.1" : "::1", 0));
    if (bind(fd, loopback.get(), loopback.size) || listen(fd, 8)) return -1;
    const std::uint32_t index = std::uint32_t{SOCKETS_A_FAMILY} * gateway.addresses.kind + number;
    const std::uint64_t value = fd;
    return bpf_map_update_elem(bpf_map__fd(kernel().maps.sockets), &index, &value, BPF_ANY) ? -1 : fd;
  }
  void workers(std::uint32_t count) {
    static std::uint32_t workers_now;
    workers_now = count;
    gateway.change_config([](config& settings) { settings.sockets[0] = settings.sockets[1] = workers_now; });
  }
  int connect_to(int fd, const Endpoint& to) {
    Name name = name_of_endpoint(to);
    return connect(fd, name.get(), name.size);
  }

  bpf_link* link_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Builds, SkLookup,
                         ::testing::Combine(::testing::Values(Kind::kTc), ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(SkLookup, ConnectionReachesAWorkerUnderTheVipsName) {
  const Socket worker(listening(0));
  workers(1);
  const Socket client_socket(socket(domain(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect_to(client_socket.fd, vip(80)), 0) << std::strerror(errno);
  const Socket accepted(accept(worker.fd, nullptr, nullptr));
  Name local, want = name_of_endpoint(vip(80));
  getsockname(accepted.fd, local.get(), &local.size);
  EXPECT_EQ(std::memcmp(&local.storage, &want.storage, want.size), 0);
  EXPECT_EQ(gateway.hooks(HOOK_SK_LOOKUP).forwarded, 1U);
}

TEST_P(SkLookup, WorkerThatIsGoneIsPassedOver) {
  const Socket worker(listening(1));
  close(listening(0));
  workers(2);
  for (int i = 0; i < 8; i++) {
    const Socket client_socket(socket(domain(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect_to(client_socket.fd, vip(80)), 0);
  }
}

TEST_P(SkLookup, WithoutWorkersTheConnectionIsRefusedByName) {
  workers(0);
  const Socket client_socket(socket(domain(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(connect_to(client_socket.fd, vip(80)), 0);
  EXPECT_EQ(errno, ECONNREFUSED);
  EXPECT_GE(gateway.drops(DROP_NO_SOCKET), 1U);
}

TEST_P(SkLookup, OtherPortsAreLeftToTheHost) {
  const Socket worker(listening(0));
  workers(1);
  const Socket client_socket(socket(domain(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_NE(connect_to(client_socket.fd, vip(81)), 0);
  EXPECT_EQ(gateway.hooks(HOOK_SK_LOOKUP).forwarded, 0U);
}

}  // namespace
}  // namespace sluice::test
