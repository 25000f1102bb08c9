// The flags of sluiced, parsed and checked (docs/operations/sluiced.md; names and defaults are fixed for users).
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace sluice::agent {

/// The cluster mode: the model comes from a controller.
struct MemberOptions {
  std::string controller;  ///< HOST:PORT; empty: another mode
  std::filesystem::path ca = "/var/run/secrets/sluice.dev/ca.crt";
  std::filesystem::path token = "/var/run/secrets/sluice.dev/token";
  std::filesystem::path kubeconfig;  ///< for the node's Lease; empty: what a pod finds around itself
  std::string lease_namespace;       ///< default $POD_NAMESPACE, else sluice-system
};

struct Options {
  std::filesystem::path manifests;  ///< the folder of manifests: the stand-alone mode
  MemberOptions member;
  /// Of the Kubernetes Node, or in a folder's EndpointSlices; default $NODE_NAME, else the host's.
  std::string node;
  std::string channel = "experimental";  ///< experimental, standard
  std::vector<std::string> addresses;    ///< canonical text; empty: the node's global addresses
  std::vector<std::string> devices;      ///< empty: devices with a global address
  std::vector<std::string> snat_addresses;
  std::uint16_t snat_port_low = 10000;
  std::uint16_t snat_port_high = 29999;
  std::string datapath = "auto";  ///< auto, tc, xdp
  std::string xdp = "own";        ///< own, shared
  std::string io = "auto";        ///< auto, io_uring, epoll
  std::string instance = "default";
  std::filesystem::path state_dir = "/var/lib/sluice";
  std::filesystem::path socket;  ///< default /run/sluice/INSTANCE.sock
  std::string metrics_address = "127.0.0.1";
  std::uint16_t metrics_port = 9464;  ///< 0: no TCP endpoint, the socket alone
  unsigned workers = 0;               ///< 0: one a core
  std::uint32_t flows = 262144;
  std::uint32_t half_open = 65536;
  std::chrono::seconds drain_timeout{30};
  bool release_vips = false;
  bool supervise = false;  ///< under a parent that starts it again when it is killed
  bool dry_run = false;
  bool remove = false;
  std::string log_level = "info";
  std::string log_format = "json";  ///< json, text
  std::string access_log;           ///< file of JSON lines, "-" stdout; empty: none
};

/// How a command line ends: with options, or with text for stdout/stderr and an exit status (--help, a wrong flag).
struct Usage {
  std::string text;
  int exit_status = 0;
};
std::expected<Options, Usage> parse_options(int argc, const char* const* argv);

}  // namespace sluice::agent
