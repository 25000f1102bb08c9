// The whole of the Gateway API's attachment: objects in, graph out. No clock, no I/O, no logging.
#pragma once

#include <span>

#include "controller/api/controller_name.h"
#include "controller/attach/grant.h"
#include "controller/attach/graph.h"

namespace sluice::attach {

using api::kControllerName;

struct AttachOptions {
  std::string gateway_class = "sluice";  ///< the class that exists without an object; empty: none, as in a cluster
  /// Canonical text, sorted: the addresses of a Gateway that names none (sluiced --address).
  std::vector<std::string> default_addresses;
  /// In a cluster: what the pools gave each Gateway; default_addresses are then of no use.
  std::optional<Grants> grants;
  /// Services of type ExternalName as backends: for folders; in a cluster they are refused (CVE-2021-25740).
  bool external_names = true;
};

/// Keeps the graph of an ObjectSet up to date. Each object's result is a pure function of declared inputs; update()
/// recomputes those whose inputs changed, so that any sequence of updates ends in the graph that a fresh Attacher
/// makes of the same set (property-tested).
/// Not thread-safe; one owner. Objects are borrowed for the call, results share ownership of what they point to.
class Attacher {
 public:
  explicit Attacher(AttachOptions options);
  ~Attacher();
  Attacher(const Attacher&) = delete;
  Attacher& operator=(const Attacher&) = delete;

  /// objects  the set as it is now.
  /// changed  every object that was added, changed or removed since the last call; the first call names all.
  GraphDelta update(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed);

  /// Other default addresses from now on; the next update() takes up the Gateways that get them.
  void set_default_addresses(std::vector<std::string> addresses);

  /// Other grants from now on; the next update() takes up the Gateways whose grant is another.
  void set_grants(Grants grants);

  [[nodiscard]] const Graph& graph() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::attach
