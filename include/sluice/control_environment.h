// gRPC takes some of its settings from environment variables alone.
#pragma once

namespace sluice::control {

/// Sets them for this process; to be called before gRPC starts, and before threads that read the environment do.
///
/// GRPC_SSL_CIPHER_SUITES is what makes the stream TLS 1.3 only. gRPC 1.51 has no setting for it, but this is its list
/// of ciphers for TLS 1.2, and the one that it gets here is none that two of ours can agree on: it wants a pre-shared
/// key. (Ciphers of TLS 1.3 are another list.) GRPC_VERBOSITY: gRPC logs nothing, unless whoever starts the process
/// asks for it. GRPC_ENABLE_FORK_SUPPORT: it installs no handlers of fork().
void set_grpc_environment();

}  // namespace sluice::control
