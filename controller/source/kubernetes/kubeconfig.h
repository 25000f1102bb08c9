// A kubeconfig file, as kubectl reads it (kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig,
// k8s.io/client-go/tools/clientcmd/api/v1).
//
// What Sluice does not carry out is refused by name, never passed over: credential plugins (exec, auth-provider), user
// name and password, impersonation, proxies. An API server behind a proxy is no place for a gateway's control plane.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "controller/source/kubernetes/cluster.h"
#include "controller/source/result.h"

namespace sluice::kubernetes {

/// file     one file; paths in it are relative to its folder. A list of files, as $KUBECONFIG may hold, is not merged.
/// context  empty: the file's current-context.
/// Certificates and keys are read and checked once here, so that a wrong one is refused with the name of its field:
/// "admin.conf:12: users[0].user.client-key-data: holds a key that is not the client certificate's".
std::expected<Cluster, source::SourceError> read_kubeconfig(const std::filesystem::path& file,
                                                            const std::string& context = {});

}  // namespace sluice::kubernetes
