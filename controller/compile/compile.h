// Graph to model: frontends, ranked tables, backends, endpoints and keys as named, hashed resources. Precedence is
// decided here and nowhere else. No clock, no I/O, no logging.
#pragma once

#include <memory>
#include <string>

#include "controller/attach/graph.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

/// Keeps a model up to date with a graph. Any sequence of updates ends in the model that a fresh Compiler makes of the
/// same graph, byte for byte (property-tested). Not thread-safe; one owner.
class Compiler {
 public:
  Compiler();
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  /// Rebuilds the resources that depend on `delta`; the first call takes the whole graph. Returns what changed, with
  /// generations; an empty delta (nothing changed, nothing removed) keeps the generation.
  model::v1::Delta update(const api::ObjectSet& objects, const attach::Graph& graph, const attach::GraphDelta& delta);

  /// The whole, resources sorted by name. O(model); deltas are what travels.
  [[nodiscard]] model::v1::Model model() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::compile
