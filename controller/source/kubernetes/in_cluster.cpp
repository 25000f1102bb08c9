#include "controller/source/kubernetes/in_cluster.h"

#include <cstdlib>

#include "controller/source/kubernetes/token.h"
#include "controller/source/manifest_file.h"

namespace sluice::kubernetes {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

source::SourceError error(const std::string& file, const std::string& field, std::string what) {
  return {.file = file, .line = 0, .object = {}, .field = field, .what = std::move(what)};
}

std::string host_in_url(const std::string& host) {
  return host.find(':') != std::string::npos ? "[" + host + "]" : host;
}

}  // namespace

PodSurroundings pod_surroundings() {
  return {.service_host = environment("KUBERNETES_SERVICE_HOST"),
          .service_port = environment("KUBERNETES_SERVICE_PORT")};
}

std::expected<Cluster, source::SourceError> in_cluster(const PodSurroundings& around) {
  if (around.service_host.empty() || around.service_port.empty()) {
    return std::unexpected(error("",
                                 around.service_host.empty() ? "KUBERNETES_SERVICE_HOST" : "KUBERNETES_SERVICE_PORT",
                                 "is not set: this is no pod of a cluster; give a kubeconfig"));
  }
  Cluster out;
  auto url = parse_server_url("https://" + host_in_url(around.service_host) + ":" + around.service_port);
  if (!url) return std::unexpected(error("", "KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT", url.error()));
  out.server = *std::move(url);
  out.certificate_authority.file = around.service_account / "ca.crt";
  out.token_file = around.service_account / "token";

  const auto ca = read(out.certificate_authority);
  if (!ca) return std::unexpected(error(around.service_account, "ca.crt", ca.error()));
  if (const auto checked = check_certificates(*ca); !checked) {
    return std::unexpected(error(out.certificate_authority.file, "", checked.error()));
  }
  TokenSource token({}, out.token_file);
  if (const auto readable = token.token(TokenSource::Clock::now()); !readable) {
    return std::unexpected(error("", "", readable.error()));
  }
  const auto space = source::read_file((around.service_account / "namespace").string());
  if (space && *space && !(*space)->text.empty()) out.namespace_ = (*space)->text;
  return out;
}

}  // namespace sluice::kubernetes
