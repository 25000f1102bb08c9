// The process around a node, whatever its model comes from: permissions, the instance's lock, the admin endpoint,
// signals, the saved model, and what each change leaves in log and metrics.
//
//   Host host(options, {.status = ...});
//   host.prepare(); ... find the first model ...; host.start();
//   host.apply(delta) or host.replace(model), first and whenever there is news; host.run();
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "userspace/agent/config_metrics.h"
#include "userspace/agent/instance_lock.h"
#include "userspace/agent/model_saver.h"
#include "userspace/agent/node.h"
#include "userspace/agent/options.h"
#include "userspace/process/admin.h"

namespace sluice::agent {

/// What only the source of the model knows. All called on the io_context's thread.
struct Beside {
  std::function<std::expected<std::string, std::string>()> status;  ///< /status; error: why there is none
  std::function<std::string()> metrics;                             ///< Prometheus text of its own; may be empty
  std::function<void()> refused_changed = [] {};                    ///< Node::refused(), without an apply
  std::function<void()> stopping = [] {};                           ///< SIGTERM: nothing new is to be taken up
};

/// One thread, its io_context's.
class Host {
 public:
  /// options: borrowed for the host's life.
  Host(const Options& options, Beside beside);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// What must hold before anything is touched: capabilities, the instance's lock. Error: what is missing.
  std::expected<void, std::string> prepare();

  /// Gives up what is not needed, starts the node and listens. Error: what failed, and what would do.
  std::expected<void, std::string> start();

  /// The last good model of this instance, generation 0 (generations count from this start); nullopt: there is none.
  [[nodiscard]] std::expected<std::optional<model::v1::Model>, std::string> saved_model() const;

  /// Puts it in force, tells log and metrics, and saves it. Error (nothing changed): its base is not what is in force.
  std::expected<Applied, std::string> apply(model::v1::Delta delta);
  Applied replace(const model::v1::Model& model);
  /// The same without saving: it is what was saved.
  Applied restore(const model::v1::Model& model);

  /// Until drained. Tells the service manager that it is ready.
  void run();

  [[nodiscard]] boost::asio::io_context& context() { return context_; }
  [[nodiscard]] Node& node() { return *node_; }
  [[nodiscard]] const Node& node() const { return *node_; }
  [[nodiscard]] ConfigMetrics& counts() { return counts_; }
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  [[nodiscard]] std::expected<void, std::string> give_up_capabilities() const;
  std::expected<void, std::string> listen();
  [[nodiscard]] std::expected<void, std::string> ready() const;
  [[nodiscard]] std::string this_node() const;
  void in_force(const Applied& applied, std::size_t changed);
  void tell_refused(const std::map<std::string, std::string>& refused);
  void stop();
  void wait_for_signal();

  const Options& options_;
  Beside beside_;
  boost::asio::io_context context_{1};
  ConfigMetrics counts_;
  std::optional<InstanceLock> lock_;
  std::optional<ModelSaver> saver_;
  std::unique_ptr<Node> node_;
  process::AdminServer admin_;
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
  std::map<std::string, std::string> told_refused_;  ///< each refusal is logged when it comes
  bool stopping_ = false;
};

}  // namespace sluice::agent
