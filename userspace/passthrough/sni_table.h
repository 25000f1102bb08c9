// TLS passthrough's routes, compiled from an SniTable: server name -> entry -> backend. Immutable, shared by the
// workers, and by explain.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "userspace/model/hostname_map.h"
#include "userspace/model/store.h"
#include "userspace/passthrough/reason.h"
#include "userspace/transport/address.h"

namespace sluice::passthrough {

/// A backend as of one generation.
struct Backend {
  std::string name;                       ///< in the model
  Reason refusal = Reason::kForwarded;    ///< kInvalidBackend, kNoEndpoints: its share is refused
  std::vector<transport::Address> ready;  ///< that get connections: of its frontend's preferred node, where it has any
  mutable std::atomic<std::uint32_t> turn{0};  ///< round robin over ready, of all workers

  /// Whose turn it is; not empty() only.
  [[nodiscard]] std::size_t next() const { return turn.fetch_add(1, std::memory_order_relaxed) % ready.size(); }
};

struct Target {
  std::size_t backend = 0;  ///< index into SniTable::backends()
  std::uint32_t weight = 0;
};

/// One name of one route. Its targets' weights make the shares.
struct Entry {
  model::v1::SniEntry origin;  ///< route, hostname, rank, for explain
  std::vector<Target> targets;
  std::uint64_t total_weight = 0;
  mutable std::atomic<std::uint32_t> turn{0};

  /// Over any run of connections each target gets its share, as evenly as a low-discrepancy sequence spreads it.
  /// nullptr: no target has a weight.
  [[nodiscard]] const Target* pick() const;
};

/// Names to entries; remade only when the SniTable itself changes.
class SniRoutes {
 public:
  explicit SniRoutes(const model::v1::SniTable& table);

  /// server_name: lower case. "" (no SNI) finds an entry without hostname alone. nullptr: unknown name.
  [[nodiscard]] const Entry* find(std::string_view server_name) const;
  [[nodiscard]] const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }  ///< in order of rank
  [[nodiscard]] const std::vector<std::string>& backend_names() const { return backend_names_; }

 private:
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<std::string> backend_names_;
  model::HostnameMap<const Entry*> names_;
};

class SniTable {
 public:
  SniTable(std::shared_ptr<const SniRoutes> routes, std::vector<std::shared_ptr<const Backend>> backends)
      : routes_(std::move(routes)), backends_(std::move(backends)) {}

  /// Where a connection goes, or why nowhere (kNoSni, kUnknownName, kNoBackend, kInvalidBackend, kNoEndpoints).
  struct Choice {
    const Entry* entry = nullptr;
    std::shared_ptr<const Backend> backend;
    Reason refusal = Reason::kForwarded;
  };
  [[nodiscard]] Choice choose(std::string_view server_name) const;

  [[nodiscard]] const SniRoutes& routes() const { return *routes_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const Backend>>& backends() const { return backends_; }

 private:
  std::shared_ptr<const SniRoutes> routes_;
  std::vector<std::shared_ptr<const Backend>> backends_;
};

/// Makes tables, taking over what did not change. One thread.
class SniTableBuilder {
 public:
  /// name: of an SniTable. preferred: the node whose endpoints go first (model/locality.h). nullptr: the store has none
  /// of that name.
  std::shared_ptr<const SniTable> build(const model::Store& store, const std::string& name,
                                        std::string_view preferred = {});

 private:
  std::shared_ptr<const Backend> backend(const model::Store& store, const std::string& name,
                                         std::string_view preferred);
  void forget_unused();

  struct HeldRoutes {
    std::string hash;
    std::weak_ptr<const SniRoutes> routes;
  };
  struct HeldBackend {
    std::string hash;  ///< of backend and endpoints
    std::weak_ptr<const Backend> backend;
  };
  static constexpr std::size_t kForgetAt = 1024;
  std::size_t forget_at_ = kForgetAt;
  std::unordered_map<std::string, HeldRoutes> routes_;
  std::map<std::pair<std::string, std::string>, HeldBackend> backends_;  ///< by name and preferred node
};

}  // namespace sluice::passthrough
