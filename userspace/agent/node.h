// The data planes of this node as one: a model delta goes in and takes effect in kernel and engine together.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/agent/options.h"
#include "userspace/model/store.h"

namespace boost::asio {
class io_context;
}

namespace sluice::agent {

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
  Applied apply(model::v1::Delta delta);

  /// The model in force, as compiled. Never with resolved names, so that it can be saved.
  [[nodiscard]] const model::Store& compiled() const;

  /// The first whole model is in maps and tables, and the node's own preconditions hold. Error: why not.
  [[nodiscard]] std::expected<void, std::string> ready() const;

  /// Prometheus text of everything that the node counts.
  [[nodiscard]] std::string metrics() const;

  /// Stops taking new connections in the engine, lets those under way end; `done` is called when none is left or the
  /// drain timeout is over. The kernel goes on forwarding.
  void drain(std::function<void()> done);

 private:
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::agent
