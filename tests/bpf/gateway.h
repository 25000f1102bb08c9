// A node as the packet tests see it: clients on one side, backends on the other, services in between.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "sluice/bpf/backend.h"
#include "sluice/bpf/config.h"
#include "sluice/bpf/drop.h"
#include "sluice/bpf/flow.h"
#include "sluice/bpf/service.h"
#include "tests/bpf/build.h"

namespace sluice::test {

/// The rig's addresses, of one family. Everything of a client's side lies on one link, backends' on another.
struct Addresses {
  explicit Addresses(family which) : kind(which) {}

  [[nodiscard]] Endpoint client(std::uint16_t port = 40000, int number = 9) const;
  [[nodiscard]] Endpoint vip(std::uint16_t port) const;
  [[nodiscard]] Endpoint node(std::uint16_t port) const;  ///< an address of the node's own
  [[nodiscard]] Endpoint backend(int number = 1) const;
  [[nodiscard]] Endpoint snat(std::uint16_t port = 0) const;
  [[nodiscard]] Endpoint unresolved() const;   ///< a backend whose link-layer address is not known
  [[nodiscard]] Endpoint unreachable() const;  ///< no route to it
  [[nodiscard]] Endpoint stranger() const;     ///< a host that is nobody of the rig
  family kind;
};

class Gateway {
 public:
  Gateway(std::unique_ptr<Build> build, family kind);

  /// Serves protocol and endpoint by backends (indices as given to add_backend), one slot each; 0 rejects. Returns the
  /// id.
  std::uint32_t serve(const Endpoint& at, std::uint8_t protocol, const std::vector<std::uint32_t>& slots,
                      std::uint32_t flags = 0);
  std::uint32_t add_backend(const Endpoint& at);
  void set_backend(std::uint32_t index, backend_state state, std::uint32_t removed_ago = 0);
  void set_service(std::uint32_t id, service_state state);
  void set_roles(const Endpoint& address, std::uint32_t roles);
  void set_ports(std::uint16_t low, std::uint16_t count);
  void set_timeout(flow_timeout which, std::uint32_t jiffies);
  void change_config(void (*change)(config&));
  void bump_generation();

  /// In by the clients' device; from a client.
  Sent send(const Packet& packet, const Offload& offload = {});
  /// In by the backends' device.
  Sent answer(const Packet& packet, const Offload& offload = {});
  /// A pod's reply, at sluice0's egress.
  Sent egress(const Packet& packet);

  /// The packets that should leave: on the backends' link, on the clients' link, back to who sent it.
  Bytes to_backend(Packet packet) const;
  Bytes to_client(Packet packet) const;
  Bytes back(Packet packet, const Mac& to, const Mac& from) const;

  std::uint64_t drops(drop_reason reason);
  service_counters counters(std::uint32_t service);
  hook_counters hooks(hook where);
  std::size_t entries(const std::string& map);

  /// An established TCP flow from this client port; returns the port that it has towards the backend, 0 on failure.
  std::uint16_t establish(const Endpoint& from, const Endpoint& to, std::uint32_t backend);
  /// A two-way UDP flow.
  std::uint16_t establish_udp(const Endpoint& from, const Endpoint& to, std::uint32_t backend);
  /// Makes every entry of the flow tables and half-open tables older.
  void age(std::uint32_t jiffies);
  /// Userspace has said that it is there, so long ago.
  void attend(std::uint32_t jiffies_ago = 0);
  /// Established flows' cached next hop becomes `wrong`, and was last asked for so long ago.
  void spoil_next_hops(const Mac& wrong, std::uint32_t jiffies_ago);

  Build& build() { return *build_; }
  const Addresses addresses;

 private:
  using Edit = std::function<void(std::span<std::uint8_t> value)>;
  void edit_entries(std::initializer_list<const char*> maps, const Edit& edit);
  void snat(std::uint16_t low, std::uint16_t count);

  std::unique_ptr<Build> build_;
  std::uint32_t next_backend_ = 1, next_service_ = 1, next_slot_ = 0;
  config config_{};
  std::vector<Endpoint> backends_;
};

/// The reasons that a test of this program has asked for and found counted, so far.
std::set<drop_reason>& drops_met();

}  // namespace sluice::test
