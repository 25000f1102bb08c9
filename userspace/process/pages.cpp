#include "userspace/process/pages.h"

#include <utility>

namespace sluice::process {
namespace {

constexpr std::string_view kIndex =
    "/metrics  Prometheus text\n"
    "/healthz  200 as long as the process answers\n"
    "/readyz   200 when the first whole configuration is in force; 503 before, and while draining\n"
    "/config   the model in force, without private keys; for local callers\n"
    "/status   the objects with their status; for local callers\n";
constexpr std::string_view kNodeIndex = "/node     name and addresses of this node; for local callers\n";

AdminResponse text(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

AdminResponse json(std::string body) {
  return {200, "application/json", std::move(body)};
}

AdminResponse answer(const Pages& pages, const AdminRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") return text(405, "GET alone\n");
  if (request.path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", pages.metrics()};
  if (request.path == "/healthz") return text(200, "ok\n");
  if (request.path == "/readyz") {
    const auto ready = pages.ready();
    return ready ? text(200, "ok\n") : text(503, ready.error() + "\n");
  }
  if (!request.is_local && (request.path == "/config" || request.path == "/status" || request.path == "/node")) {
    return text(403, "for callers of this host or pod alone: use the unix socket, or kubectl port-forward\n");
  }
  if (request.path == "/config") return json(pages.config());
  if (request.path == "/status") {
    auto status = pages.status();
    return status ? json(std::move(*status)) : text(503, status.error() + "\n");
  }
  if (request.path == "/node" && pages.node) return text(200, pages.node());
  if (request.path == "/") return text(200, std::string(kIndex) + std::string(pages.node ? kNodeIndex : ""));
  return text(404, "no such page; / lists them\n");
}

}  // namespace

AdminHandler serve(Pages pages) {
  return [pages = std::move(pages)](const AdminRequest& request) {
    AdminResponse response = answer(pages, request);
    if (request.method == "HEAD") response.body.clear();
    return response;
  };
}

}  // namespace sluice::process
