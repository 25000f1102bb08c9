// How to reach an API server and who we are there: what a kubeconfig or a pod's surroundings say.
#pragma once

#include <string>

#include "controller/source/kubernetes/pem.h"
#include "controller/source/kubernetes/server_url.h"

namespace sluice::kubernetes {

struct Cluster {
  ServerUrl server;
  Pem certificate_authority;    ///< empty: the system's
  std::string tls_server_name;  ///< whom the certificate must name; empty: server.host
  bool insecure_skip_tls_verify = false;
  Pem client_certificate;  ///< with its chain; empty: none
  Pem client_key;
  std::string token;       ///< bearer; empty: none
  std::string token_file;  ///< goes before token; read again as it rotates
  std::string namespace_ = "default";
};

}  // namespace sluice::kubernetes
