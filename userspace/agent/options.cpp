#include "userspace/agent/options.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <sstream>
#include <thread>

#include "sluice/version.h"
#include "sluice/vip_address.h"
#include "userspace/model/locality.h"

namespace sluice::agent {
namespace {

constexpr const char* kDescription =
    "Sluice's node daemon: forwards TCP, UDP and TLS passthrough in the kernel, HTTP in its own engine, as Gateway "
    "API\n"
    "objects say. With --manifests it needs no Kubernetes: the folder is watched, a good change takes effect at once, "
    "a\n"
    "bad one is refused whole with its errors and the configuration in force stays. With --controller it is a node of "
    "a\n"
    "cluster: sluice-controller sends it its part of the model, and without the controller it goes on with what it "
    "has.";

constexpr const char* kFooter =
    "Example:  sluiced --manifests /etc/sluice --address 192.0.2.10 --device eth0\n"
    "Then:     sluicectl status; sluicectl explain --http GET http://shop.example/\n"
    "Signals:  SIGTERM drains engine and passthrough, then exits; the kernel goes on forwarding TCP and UDP.\n"
    "Needs:    CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON; CAP_NET_RAW to announce addresses; bpffs at /sys/fs/bpf.\n"
    "Exit:     0 drained, removed or dry run fine; 1 refused (bad manifests at the first start, kernel, privileges);\n"
    "          2 wrong usage";

/// An IPv4 or IPv6 address in canonical text, or "" if it is none.
std::string canonical_ip(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), bytes.data()) == 1) {
      return inet_ntop(family, bytes.data(), out.data(), out.size());
    }
  }
  return "";
}

/// An IP address, to its canonical text, that can be what `role` says.
CLI::Validator ip_address(const std::string& role) {
  return {[role](std::string& text) -> std::string {
            const std::string canonical = canonical_ip(text);
            if (canonical.empty()) return text + " is no IPv4 or IPv6 address";
            const auto unfit = unfit_as_vip(canonical);
            if (!unfit.empty()) return text + " cannot be " + role + ": " + std::string(unfit);
            text = canonical;
            return "";
          },
          "IP"};
}

/// LO-HI into two ports.
std::string parse_port_range(const std::string& text, std::uint16_t& low, std::uint16_t& high) {
  unsigned lo = 0;
  unsigned hi = 0;
  char dash = 0;
  std::istringstream in(text);
  if (!(in >> lo >> dash >> hi) || dash != '-' || !in.eof() || lo < 1024 || hi > 65535 || lo > hi || hi - lo < 255) {
    return "--snat-ports: " + text + "; must be LO-HI within 1024-65535, at least 256 ports";
  }
  low = static_cast<std::uint16_t>(lo);
  high = static_cast<std::uint16_t>(hi);
  return "";
}

/// ADDR:PORT, IPv6 in brackets; "off" turns the TCP endpoint off.
std::string parse_metrics(const std::string& text, std::string& address, std::uint16_t& port) {
  if (text == "off") {
    port = 0;
    return "";
  }
  const auto colon = text.rfind(':');
  std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const std::string canonical = canonical_ip(host);
  unsigned number = 0;
  std::istringstream in(colon == std::string::npos ? "" : text.substr(colon + 1));
  if (canonical.empty() || !(in >> number) || !in.eof() || number < 1 || number > 65535) {
    return "--metrics: " + text + "; must be ADDR:PORT ([ADDR]:PORT for IPv6) or off";
  }
  address = canonical;
  port = static_cast<std::uint16_t>(number);
  return "";
}

void add_flags(CLI::App& app, Options& options, std::string& snat_ports, std::string& metrics, unsigned& drain) {
  app.add_option("--manifests", options.manifests, "Folder of Gateway API manifests (the stand-alone mode)")
      ->type_name("DIR");
  app.add_option("--controller", options.member.controller, "Where sluice-controller takes nodes (the cluster mode)")
      ->type_name("HOST:PORT")
      ->excludes("--manifests");
  app.add_option("--node", options.node, "Name of this node, in the cluster and in EndpointSlices; default: the host's")
      ->envname("NODE_NAME")
      ->type_name("NAME");
  app.add_option("--controller-ca", options.member.ca, "Certificates by which the controller is known")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--controller-token", options.member.token,
                 "ServiceAccount token of audience sluice-controller, by which this node is known")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--kubeconfig", options.member.kubeconfig,
                 "How to reach the API server, for the node's Lease; default: as pods do")
      ->type_name("FILE");
  app.add_option("--namespace", options.member.lease_namespace, "Where the node's Lease is; default: sluice-system")
      ->envname("POD_NAMESPACE")
      ->type_name("NAME");
  app.add_option("--channel", options.channel, "Gateway API channel whose schemas and versions apply")
      ->check(CLI::IsMember({"experimental", "standard"}))
      ->capture_default_str();
  app.add_option("--address", options.addresses,
                 "Addresses of Gateways that name none; default: the node's global ones")
      ->transform(ip_address("an address of a Gateway"))
      ->delimiter(',');
  app.add_option("--device", options.devices,
                 "Devices where VIP traffic comes in; default: those with a global address")
      ->type_name("NAME")
      ->delimiter(',');
  app.add_option("--snat-address", options.snat_addresses,
                 "Source addresses towards backends; default: the node's address towards the backend")
      ->transform(ip_address("a source address"))
      ->delimiter(',');
  app.add_option("--snat-ports", snat_ports, "Source ports towards backends, reserved in ip_local_reserved_ports")
      ->type_name("LO-HI")
      ->capture_default_str();
  app.add_option("--datapath", options.datapath, "Hooks: auto (TC everywhere, XDP where native and a gain), tc, xdp")
      ->check(CLI::IsMember({"auto", "tc", "xdp"}))
      ->capture_default_str();
  app.add_option("--xdp", options.xdp, "XDP link of our own, or shared through libxdp's dispatcher")
      ->check(CLI::IsMember({"own", "shared"}))
      ->capture_default_str();
  app.add_option("--io", options.io, "The engine's transport: io_uring, epoll, or what works best here")
      ->check(CLI::IsMember({"auto", "io_uring", "epoll"}))
      ->capture_default_str();
  app.add_option("--instance", options.instance, "Name of this instance: pins, socket and nftables table carry it")
      ->capture_default_str();
  app.add_option("--state-dir", options.state_dir, "Where the last good model is kept (mode 0600)")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--socket", options.socket, "Admin socket (mode 0600); default /run/sluice/INSTANCE.sock")
      ->type_name("PATH");
  app.add_option("--metrics", metrics, "TCP endpoint of /metrics, /healthz, /readyz, /config; off: the socket alone")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  app.add_option("--workers", options.workers, "Threads of the engine; default: one a core")->check(CLI::Range(1, 256));
  app.add_option("--flows", options.flows, "Established flows a family (two entries each)")
      ->check(CLI::Range(1024, 16777216))
      ->capture_default_str();
  app.add_option("--half-open", options.half_open, "Half-open TCP and one-way UDP flows a family")
      ->check(CLI::Range(1024, 4194304))
      ->capture_default_str();
  app.add_option("--drain-timeout", drain, "Seconds that SIGTERM leaves to connections of engine and passthrough")
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_flag("--release-vips", options.release_vips, "Give the VIPs up before draining");
  app.add_flag("--supervise", options.supervise, "Run under a parent that starts it again at once when it is killed");
  app.add_flag("--dry-run", options.dry_run, "Load, compile, probe, print what would be done; change nothing");
  app.add_flag("--remove", options.remove, "Remove this instance's datapath, routes, rules and pins");
  app.add_option("--log-level", options.log_level, "trace, debug, info, warn, error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--log-format", options.log_format, "json (a line an event) or text")
      ->check(CLI::IsMember({"json", "text"}))
      ->capture_default_str();
  app.add_option("--access-log", options.access_log, "File of JSON lines, a request each; - for stdout; default: none")
      ->type_name("FILE");
}

std::string check(const Options& options) {
  if (options.manifests.empty() && options.member.controller.empty() && !options.remove) {
    return "--manifests DIR or --controller HOST:PORT: one of them is required";
  }
  if (!options.member.controller.empty()) {
    if (options.dry_run) return "--dry-run: needs --manifests; a controller's model is not known before it is in force";
    if (!options.addresses.empty())
      return "--address: of no use with --controller, which gives Gateways their addresses";
    if (const auto colon = options.member.controller.rfind(':');
        colon == 0 || colon == std::string::npos || colon + 1 == options.member.controller.size()) {
      return "--controller: " + options.member.controller + "; must be HOST:PORT";
    }
  }
  if (options.instance.empty() || options.instance.size() > 32 ||
      options.instance.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return "--instance: " + options.instance + "; must be 1 to 32 of a-z, 0-9 and '-'";
  }
  if (options.socket.native().size() >= sizeof(sockaddr_un::sun_path)) {
    return "--socket: " + options.socket.string() + "; must be at most " +
           std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " octets long, as paths of sockets are";
  }
  return "";
}

}  // namespace

std::expected<Options, Usage> parse_options(int argc, const char* const* argv) {
  Options options;
  std::string snat_ports = "10000-29999";
  std::string metrics = "127.0.0.1:9464";
  unsigned drain = 30;
  CLI::App app(kDescription, "sluiced");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("sluiced ") + kVersion);
  add_flags(app, options, snat_ports, metrics, drain);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = app.exit(error, out, err);
    return std::unexpected(Usage{out.str() + err.str(), status == 0 ? 0 : 2});
  }
  options.drain_timeout = std::chrono::seconds(drain);
  if (options.socket.empty()) options.socket = "/run/sluice/" + options.instance + ".sock";
  if (options.node.empty()) options.node = model::host_node_name();
  if (options.member.lease_namespace.empty()) options.member.lease_namespace = "sluice-system";
  if (options.workers == 0) options.workers = std::max(1U, std::thread::hardware_concurrency());
  for (const std::string& problem :
       {parse_port_range(snat_ports, options.snat_port_low, options.snat_port_high),
        parse_metrics(metrics, options.metrics_address, options.metrics_port), check(options)}) {
    if (!problem.empty()) return std::unexpected(Usage{problem + "\nRun sluiced --help for the flags.\n", 2});
  }
  return options;
}

}  // namespace sluice::agent
