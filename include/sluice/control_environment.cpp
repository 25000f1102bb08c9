#include "sluice/control_environment.h"

#include <cstdlib>

namespace sluice::control {

void set_grpc_environment() {
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-PSK-CHACHA20-POLY1305", 1);
  setenv("GRPC_ENABLE_FORK_SUPPORT", "0", 1);
  setenv("GRPC_VERBOSITY", "NONE", 0);
}

}  // namespace sluice::control
