// Everything that the engine forwards by, in one immutable value: (address, port) -> listeners -> rules, and the
// backends behind the rules' slots. Built from the model, replaced whole, shared by the workers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "userspace/l7/router.h"
#include "userspace/model/store.h"

namespace sluice::l7 {

/// An address of either family and a port (host byte order); a key, without allocation.
struct SocketAddress {
  std::array<std::uint8_t, 16> ip{};  ///< network byte order, the first `length` bytes
  std::uint8_t length = 0;            ///< 4 or 16; 0: no address
  std::uint16_t port = 0;

  /// ip: 4 or 16 bytes, as in the model; anything else is no address.
  static SocketAddress make(std::string_view ip, std::uint16_t port);

  auto operator<=>(const SocketAddress&) const = default;
};

/// A backend as of one generation. Immutable.
struct Backend {
  model::v1::Backend origin;
  std::vector<SocketAddress> ready;  ///< endpoints that take new requests of the frontends whose slot it is
  bool http2 = false;                ///< spoken to by HTTP/2 in the clear, as its Service says
};

class Tables {
 public:
  /// The listeners of a local (address, port). nullptr: none; a frontend without addresses is reached nowhere.
  [[nodiscard]] const PortTable* find(const SocketAddress& local) const;

  /// nullptr: the model names the backend but does not have it; treated as invalid.
  [[nodiscard]] const Backend* backend(const BackendSlot& slot) const {
    return slot.index < backends_.size() ? backends_[slot.index].get() : nullptr;
  }

  /// By slot. nullptr: a free slot, or a backend that the model does not have.
  [[nodiscard]] const std::vector<std::shared_ptr<const Backend>>& backends() const { return backends_; }

  [[nodiscard]] const std::map<SocketAddress, std::shared_ptr<const PortTable>>& ports() const { return ports_; }

  /// By the frontend's name.
  [[nodiscard]] const std::map<std::string, std::shared_ptr<const RouteTable>>& frontends() const { return frontends_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

  /// What could not be carried out, "host/...: what" a line; it fails closed by itself.
  [[nodiscard]] std::vector<std::string> errors() const;

 private:
  friend class TablesBuilder;

  std::map<SocketAddress, std::shared_ptr<const PortTable>> ports_;
  std::map<std::string, std::shared_ptr<const RouteTable>> frontends_;
  std::vector<std::shared_ptr<const Backend>> backends_;
  std::uint64_t generation_ = 0;
};

class RuleRegistry;

/// Keeps what one generation can take over from the one before. One thread; the tables that it returns are for any.
class TablesBuilder {
 public:
  /// registry: counters of the rules; nullptr for tables that serve no traffic (explain, --dry-run).
  /// node: this one's name, by which endpoints are its own; "": none are.
  explicit TablesBuilder(std::shared_ptr<RuleRegistry> registry = nullptr, std::string node = {});
  ~TablesBuilder();

  /// From scratch.
  std::shared_ptr<const Tables> build(const model::Store& store);

  /// After a delta that `store` has taken; `changed`: the names of all that it changed or removed.
  std::shared_ptr<const Tables> update(const model::Store& store, const std::set<std::string>& changed);

 private:
  class Slots;

  std::shared_ptr<const HostTable> host_table(const model::Store& store, const std::string& name, bool prefers_local);
  std::shared_ptr<const RouteTable> route_table(const model::Store& store, const std::string& name);
  void place_backend(const model::Store& store, Tables& tables, const BackendSlot& slot);
  static void add_places(const RouteTable& table, std::set<SocketAddress>& places);
  void forget_unused();
  static void rebuild_ports(Tables& tables, const std::set<SocketAddress>& places);

  struct Held {
    std::string hash;  ///< of the HttpHost
    bool prefers_local = false;
    std::weak_ptr<const HostTable> table;
  };

  static constexpr std::size_t kForgetAt = 1024;

  std::shared_ptr<RuleRegistry> registry_;
  std::string node_;
  std::shared_ptr<Slots> slots_;
  std::shared_ptr<const Tables> last_;
  std::unordered_map<std::string, Held> hosts_;  ///< by the HttpHost's name
  std::size_t forget_at_ = kForgetAt;
};

}  // namespace sluice::l7
