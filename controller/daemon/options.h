// The flags of sluice-controller, parsed and checked (docs/operations/sluice-controller.md; names and defaults are
// fixed for users).
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>

#include "controller/lease/lease.h"

namespace sluice::daemon {

struct Options {
  std::filesystem::path kubeconfig;  ///< empty: what a pod finds around itself
  std::string context;               ///< of the kubeconfig; empty: its current-context
  std::string namespace_;            ///< of Leases, Secret and ConfigMap sluice-ca
  std::string identity;              ///< of this process in the Lease: pod, and a part that no other process has
  lease::Terms terms;                ///< of that Lease; no flag
  /// So long a new leader waits for watches that are down, whose backoff is 10 s at most; no flag.
  std::chrono::seconds for_watches{10};
  std::string pod;  ///< reportingInstance of Events
  std::string listen = "[::]:8443";
  std::string advertise;  ///< HOST:PORT at which nodes reach this replica
  std::string metrics_address = "127.0.0.1";
  std::uint16_t metrics_port = 9464;  ///< 0: no endpoint
  std::string log_level = "info";
  std::string log_format = "json";  ///< json, text
};

/// How a command line ends: with options, or with text for stdout/stderr and an exit status (--help, a wrong flag).
struct Usage {
  std::string text;
  int exit_status = 0;
};

/// environment  a variable's value, or empty: $POD_NAME, $POD_NAMESPACE and $POD_IP are defaults.
std::expected<Options, Usage> parse_options(int argc, const char* const* argv,
                                            const std::function<std::string(const char*)>& environment);

}  // namespace sluice::daemon
