// gateway-exists-finalizer.gateway.networking.k8s.io on GatewayClasses of ours that Gateways use, and on no others
// (apis/v1, GatewayClassFinalizerGatewaysExist): a class is not deleted under its Gateways.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/attach/graph.h"
#include "controller/report/api_server.h"

namespace sluice::report {

inline constexpr std::string_view kGatewaysExist = "gateway-exists-finalizer.gateway.networking.k8s.io";

/// The patch that makes the record's finalizers hold ours or not; nullopt: they do, or the class is being deleted,
/// which takes no new ones. Others' stay as they were written.
std::optional<kubernetes::JsonPatch> finalizer_patch(const kubernetes::StatusRecord& record, bool is_used);

/// All functions belong to one thread, the owner's. Few and rare: no queue, one request a class at a time.
class ClassFinalizer {
 public:
  explicit ClassFinalizer(ApiServer server);
  ~ClassFinalizer();
  ClassFinalizer(const ClassFinalizer&) = delete;
  ClassFinalizer& operator=(const ClassFinalizer&) = delete;

  /// Only a leader writes.
  void lead(bool leads);

  /// Which classes are used, as of the graph; after each update. Cheap.
  void update(const attach::Graph& graph);

  /// After update(), after each batch of the source, and at the time that it says.
  std::optional<std::chrono::steady_clock::time_point> run(std::chrono::steady_clock::time_point now);

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with answers that are on their way
};

}  // namespace sluice::report
