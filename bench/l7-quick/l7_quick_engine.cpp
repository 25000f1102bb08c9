// l7_quick_engine PORT BACKEND_PORT IO LOG: one worker that forwards every request on 127.0.0.1:PORT to
// 127.0.0.1:BACKEND_PORT. Prints "ready IO" and serves until SIGTERM. IO: epoll, io_uring or auto. The tables are those
// of one HTTPRoute with 20 rules, of which requests take the last by path.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "userspace/l7/engine.h"
#include "userspace/l7/http_service.h"
#include "userspace/l7/metrics.h"
#include "userspace/model/store.h"

namespace {

using namespace sluice;

constexpr char kLoopback[] = "\x7f\0\0\1";

model::v1::Resource& add(model::v1::Model& model, const std::string& name) {
  auto& resource = *model.add_resources();
  resource.set_name(name);
  return resource;
}

void add_rule(model::v1::HttpHost& host, const std::string& prefix) {
  auto& entry = *host.add_entries();
  entry.set_rank(static_cast<std::uint32_t>(host.entries_size() - 1));
  entry.set_action(static_cast<std::uint32_t>(host.actions_size()));
  auto& path = *entry.mutable_match()->mutable_path();
  path.set_type(model::v1::PathMatch::PREFIX);
  path.set_value(prefix);
  auto& action = *host.add_actions();
  action.set_rule(entry.action());
  action.mutable_route()->set_kind("HTTPRoute");
  action.mutable_route()->set_namespace_("bench");
  action.mutable_route()->set_name("web");
  auto& backend = *action.add_backends();
  backend.set_backend("backend/bench/web:80/tcp");
  backend.set_weight(1);
}

model::Store make_store(std::uint16_t port, std::uint16_t backend_port) {
  model::v1::Model model;
  const std::string ip(kLoopback, 4);
  auto& frontend = *add(model, "frontend/bench/Gateway/edge/http").mutable_frontend();
  frontend.add_addresses()->set_ip(ip);
  frontend.set_port(port);
  frontend.set_protocol(model::v1::HTTP);
  frontend.set_http("http/bench/Gateway/edge/http");
  auto& table = *add(model, "http/bench/Gateway/edge/http").mutable_http();
  auto& ref = *table.add_hosts();
  ref.set_hostname("bench.test");
  ref.set_host("host/bench/Gateway/edge/http/bench.test");
  auto& host = *add(model, ref.host()).mutable_host();
  host.set_hostname("bench.test");
  for (int i = 0; i < 19; ++i) add_rule(host, "/service-" + std::to_string(i) + "/v1");
  add_rule(host, "/");
  add(model, "backend/bench/web:80/tcp").mutable_backend()->set_endpoints("endpoints/bench/web:80/tcp");
  auto& endpoint = *add(model, "endpoints/bench/web:80/tcp").mutable_endpoints()->add_endpoints();
  endpoint.mutable_address()->set_ip(ip);
  endpoint.set_port(backend_port);
  for (auto& resource : *model.mutable_resources()) resource.set_hash(resource.SerializeAsString());
  model.set_generation(1);
  model::Store store;
  (void)store.apply(model::as_delta(model));
  return store;
}

int fail(const std::string& what) {
  std::fprintf(stderr, "l7_quick_engine: %s\n", what.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return fail("usage: l7_quick_engine PORT BACKEND_PORT epoll|io_uring|auto LOG"), 2;
  const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);

  auto log = l7::AccessLog::open(argv[4]);
  if (!log) return fail(log.error());
  const auto rules = std::make_shared<l7::RuleRegistry>(1);
  l7::HttpServices http({}, 1, rules, log->get());
  auto engine = l7::Engine::start({.workers = 1,
                                   .io = argv[3],
                                   .bind = {transport::Address::loopback(AF_INET, port)},
                                   .rules = rules,
                                   .http = http.make()});
  if (!engine) return fail(engine.error());
  const model::Store store = make_store(port, static_cast<std::uint16_t>(std::atoi(argv[2])));
  (*engine)->apply(store, {});
  std::printf("ready %s\n", (*engine)->io().c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  return 0;
}
