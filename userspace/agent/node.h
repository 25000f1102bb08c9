// The data planes of this node as one: a model delta goes in and takes effect in kernel and engine together.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/agent/options.h"
#include "userspace/model/store.h"

namespace boost::asio {
class io_context;
}

namespace sluice::l4 {
struct DatapathOptions;
struct RivalClaim;
}  // namespace sluice::l4

namespace sluice::agent {

/// The flags that are the datapath's: the same for a start and for --dry-run.
l4::DatapathOptions datapath_options(const Options& options);

/// What became of a delta. The rest of it is in force when some resources are refused.
struct Applied {
  std::map<std::string, std::string> refused;  ///< resource name -> reason
  std::chrono::microseconds took{0};
};

/// Owns datapath, engine and resolver. One thread (the io_context's) calls it.
class Node {
 public:
  /// Loads and attaches the datapath, starts the workers. Error: what is missing, and what would do.
  static std::expected<std::unique_ptr<Node>, std::string> start(const Options& options,
                                                                 boost::asio::io_context& context);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Takes a delta that compile made (generations are compile's). Names of externalName Services are resolved here.
  /// Error (nothing changed): its base is not the generation in force.
  std::expected<Applied, std::string> apply(model::v1::Delta delta);

  /// Takes a whole model in the place of the one in force, whatever that was.
  Applied replace(const model::v1::Model& model);

  /// The model in force, as compiled. Never with resolved names, so that it can be saved. O(resources).
  [[nodiscard]] model::Snapshot compiled() const;

  /// The model that the data planes read: as compiled, with the addresses that names stand for.
  [[nodiscard]] const model::Store& in_force() const;

  /// Resources that are not in force now, and why; those of the frontends that reach them included, so that each names
  /// its listener.
  [[nodiscard]] const std::map<std::string, std::string>& refused() const;

  /// Called (on the io_context) when refused() changed without an apply: names were resolved, devices came or went.
  void on_refused_change(std::function<void()> changed);

  /// The addresses that this node answers for, canonical text; and those that it speaks to backends elsewhere from, as
  /// the model names them.
  [[nodiscard]] std::set<std::string> held_vips() const;
  [[nodiscard]] std::set<std::string> sources() const;

  /// Of this host's interfaces, canonical text; without link-local ones.
  [[nodiscard]] std::set<std::string> own_addresses() const;

  /// Whether the model is known to be what the controller says now (Datapath::set_known), and this node to live, too
  /// (Datapath::set_current).
  void set_known(bool known);
  void set_current(bool current);

  /// How long this node's Lease lasts; 0: it has none (Datapath::set_lease).
  void set_lease(std::chrono::seconds duration);

  /// On any thread: it was renewed (Datapath::lease_renewed).
  void lease_renewed();

  /// Called (on the io_context) when another host has claimed an address (Datapath::on_rival).
  void on_rival(std::function<void(const l4::RivalClaim&)> told);

  /// Called (on the io_context) when devices or addresses of this host have changed.
  void on_network_change(std::function<void()> changed);

  /// The first whole model is in maps and tables, and the node's own preconditions hold. Error: why not.
  [[nodiscard]] std::expected<void, std::string> ready() const;

  /// Prometheus text of everything that the node counts.
  [[nodiscard]] std::string metrics() const;

  /// What runs where, a line each: devices and hooks, the engine's transport.
  [[nodiscard]] std::vector<std::string> describe() const;

  /// What is in force and may do harm, and what would do (Datapath::warnings).
  [[nodiscard]] std::vector<std::string> warnings() const;

  /// Opens the access log anew (SIGHUP, after a rotation).
  void reopen_logs();

  /// Stops taking new connections in the engine, lets those under way end; `done` is called (on the io_context) when
  /// none is left or the drain timeout is over. The kernel goes on forwarding; with --release-vips VIPs go first.
  void drain(std::function<void()> done);

 private:
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::agent
