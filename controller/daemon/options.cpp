#include "controller/daemon/options.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <optional>
#include <random>
#include <sstream>

#include "sluice/version.h"

namespace sluice::daemon {
namespace {

constexpr const char* kDescription =
    "Sluice's controller: watches Gateway API objects of a Kubernetes cluster, gives Gateways their addresses, "
    "compiles\n"
    "one model of it all, streams it to the nodes' sluiced over mTLS and writes what became of it into the objects'\n"
    "status. Of several replicas one leads (Lease sluice-controller); the others follow with a warm cache.";

constexpr const char* kFooter =
    "Example:  sluice-controller --kubeconfig ~/.kube/config --listen 127.0.0.1:8443 --advertise 127.0.0.1\n"
    "In a pod: no flag is needed; $POD_NAME, $POD_NAMESPACE and $POD_IP are its name, namespace and address.\n"
    "Then:     kubectl get gateways,addresspools; curl http://127.0.0.1:9464/readyz\n"
    "Signals:  SIGTERM gives the Lease up, so that another replica leads at once, and ends; nodes keep what they "
    "have.\n"
    "Needs:    the rights of the chart's ClusterRole sluice-controller; no privilege of the host.\n"
    "Exit:     0 asked to end; 1 no cluster to be found, or it cannot listen; 2 wrong usage";

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<std::uint16_t> parse_port(const std::string& text) {
  unsigned number = 0;
  std::istringstream in(text);
  if (!(in >> number) || !in.eof() || number < 1 || number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(number);
}

/// HOST:PORT, IPv6 in brackets.
std::optional<HostPort> parse_host_port(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (!in_brackets && host.contains(':')) return std::nullopt;
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  return HostPort{host, *port};
}

bool is_ip(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// A part that tells two processes of one pod apart: the epoch of the second must be higher.
std::string some_suffix() {
  constexpr const char* kDigits = "0123456789abcdef";
  std::random_device random;
  std::string out;
  for (int i = 0; i < 8; ++i) out += kDigits[random() % 16];
  return out;
}

void add_flags(CLI::App& app, Options& options, std::string& metrics) {
  app.add_option("--kubeconfig", options.kubeconfig,
                 "How to reach the cluster and as whom; default: what a pod finds around itself")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  app.add_option("--context", options.context, "Context of the kubeconfig; default: its current-context")
      ->type_name("NAME");
  app.add_option("--namespace", options.namespace_,
                 "Namespace of our Leases, and of Secret and ConfigMap sluice-ca; default $POD_NAMESPACE, else "
                 "sluice-system")
      ->type_name("NAME");
  app.add_option("--listen", options.listen, "Where nodes connect (gRPC, mTLS)")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  app.add_option(
         "--advertise", options.advertise,
         "At which address nodes reach this replica, once it leads; the port is --listen's where none is given; "
         "default $POD_IP, else the host's name")
      ->type_name("HOST[:PORT]");
  app.add_option("--metrics", metrics, "TCP endpoint of /metrics, /healthz, /readyz, /config, /status; off: none")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  app.add_option("--log-level", options.log_level, "trace, debug, info, warn, error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->capture_default_str();
  app.add_option("--log-format", options.log_format, "json (a line an event) or text")
      ->check(CLI::IsMember({"json", "text"}))
      ->capture_default_str();
}

std::string or_else(std::string text, const std::string& otherwise) {
  return text.empty() ? otherwise : text;
}

/// Brackets an IPv6 address, and adds the port where there is none.
std::string set_advertise(Options& options, std::uint16_t port) {
  const std::string& text = options.advertise;
  if (is_ip(text)) {
    options.advertise = (text.contains(':') ? "[" + text + "]" : text) + ":" + std::to_string(port);
  } else if (!text.contains(':')) {
    options.advertise = text + ":" + std::to_string(port);
  } else if (!parse_host_port(text)) {
    return "--advertise: " + text + "; must be HOST or HOST:PORT ([ADDR]:PORT for IPv6)";
  }
  return "";
}

std::string set_metrics(Options& options, const std::string& metrics) {
  options.metrics_port = 0;
  if (metrics == "off") return "";
  const auto at = parse_host_port(metrics);
  if (!at || !is_ip(at->host)) return "--metrics: " + metrics + "; must be ADDR:PORT ([ADDR]:PORT for IPv6) or off";
  options.metrics_address = at->host;
  options.metrics_port = at->port;
  return "";
}

}  // namespace

std::expected<Options, Usage> parse_options(int argc, const char* const* argv,
                                            const std::function<std::string(const char*)>& environment) {
  Options options;
  std::string metrics = "127.0.0.1:9464";
  CLI::App app(kDescription, "sluice-controller");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("sluice-controller ") + kVersion);
  add_flags(app, options, metrics);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = app.exit(error, out, err);
    return std::unexpected(Usage{out.str() + err.str(), status == 0 ? 0 : 2});
  }
  options.namespace_ = or_else(or_else(options.namespace_, environment("POD_NAMESPACE")), "sluice-system");
  options.pod = or_else(environment("POD_NAME"), host_name());
  options.identity = options.pod + "_" + some_suffix();
  options.advertise = or_else(or_else(options.advertise, environment("POD_IP")), host_name());
  std::string problem;
  const auto listen = parse_host_port(options.listen);
  if (!listen || !is_ip(listen->host)) {
    problem = "--listen: " + options.listen + "; must be ADDR:PORT ([ADDR]:PORT for IPv6)";
  } else {
    problem = set_advertise(options, listen->port);
  }
  if (problem.empty()) problem = set_metrics(options, metrics);
  if (problem.empty() && !options.context.empty() && options.kubeconfig.empty()) {
    problem = "--context: " + options.context + "; goes with --kubeconfig FILE";
  }
  if (!problem.empty()) return std::unexpected(Usage{problem + "\nRun sluice-controller --help for the flags.\n", 2});
  return options;
}

}  // namespace sluice::daemon
