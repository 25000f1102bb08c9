// How a pod reaches the API server of its cluster (kubernetes.io/docs/tasks/run-application/access-api-from-pod).
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "controller/source/kubernetes/cluster.h"
#include "controller/source/result.h"

namespace sluice::kubernetes {

/// What a pod finds around itself.
struct PodSurroundings {
  std::string service_host;  ///< $KUBERNETES_SERVICE_HOST, an address of either family without brackets, or a name
  std::string service_port;  ///< $KUBERNETES_SERVICE_PORT
  std::filesystem::path service_account =
      "/var/run/secrets/kubernetes.io/serviceaccount";  ///< token, ca.crt, namespace
};

/// Of this process.
PodSurroundings pod_surroundings();

/// The token and the CA stay files: the kubelet replaces them while we run.
std::expected<Cluster, source::SourceError> in_cluster(const PodSurroundings& around);

}  // namespace sluice::kubernetes
