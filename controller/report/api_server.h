// What those who write to the API server need of it; KubernetesSource is one, tests have their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "controller/api/meta.h"
#include "controller/source/kubernetes/kubernetes_source.h"

namespace sluice::report {

/// All of the owner's thread. Answers of send() come later, from there too, never from within send().
struct ApiServer {
  /// What it holds of the object as far as we have read; null: no such object.
  std::function<std::shared_ptr<const kubernetes::StatusRecord>(const api::ObjectRef&)> record;
  /// nullopt: the kind is not served.
  std::function<std::optional<kubernetes::ResourcePath>(const api::ObjectRef&)> path_of;
  std::function<void(kubernetes::ApiRequest, kubernetes::OnAnswer)> send;
};

/// source  borrowed; outlives what uses the result.
ApiServer api_server_of(kubernetes::KubernetesSource& source);

}  // namespace sluice::report
