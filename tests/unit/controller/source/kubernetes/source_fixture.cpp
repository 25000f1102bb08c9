#include "tests/unit/controller/source/kubernetes/source_fixture.h"

#include <poll.h>

namespace sluice::kubernetes {
namespace {

using Clock = std::chrono::steady_clock;

std::string metadata(const std::string& name, const std::string& more = "") {
  return R"("metadata":{"namespace":"n","name":")" + name + "\"" + more + "}";
}

template <class T>
std::shared_ptr<const T> find(const api::Objects<T>& objects, const std::string& name) {
  const auto found = objects.find({"n", name});
  return found != objects.end() ? found->second : nullptr;
}

}  // namespace

Timing short_times() {
  using std::chrono::milliseconds;
  Timing out;
  out.client = {.connect = milliseconds(2000), .request = milliseconds(2000)};
  out.watch_too_short = milliseconds(50);
  out.backoff_first = milliseconds(1);
  out.backoff_most = milliseconds(20);
  out.discovery_period = milliseconds(50);
  out.discovery_soon = milliseconds(5);
  out.unserved = milliseconds(150);
  out.crd_grace = milliseconds(300);
  out.page = 10;
  return out;
}

std::string service(const std::string& name, int port) {
  return "{" + metadata(name) + R"(,"spec":{"ports":[{"port":)" + std::to_string(port) + "}]}}";
}

std::string gateway(const std::string& name, const std::string& fields) {
  return R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",)" + metadata(name) +
         R"(,"spec":{"gatewayClassName":"sluice","listeners":[{"name":"a","port":80,"protocol":"HTTP"}]})" + fields +
         "}";
}

std::string secret(const std::string& name, const std::string& base64) {
  return "{" + metadata(name) + R"(,"type":"Opaque","data":{"key":")" + base64 + "\"}}";
}

std::string crd(const Resource& resource, const std::string& bundle_version) {
  return R"({"metadata":{"name":")" + to_string(resource) +
         R"(","annotations":{"gateway.networking.k8s.io/bundle-version":")" + bundle_version +
         R"(","gateway.networking.k8s.io/channel":"standard"}}})";
}

SourceTest::SourceTest() {
  world.serve(kNamespaces, "Namespace");
  world.serve(kServices, "Service");
  world.serve(kSecrets, "Secret");
  world.serve(kConfigMaps, "ConfigMap");
  world.serve(kSlices, "EndpointSlice");
  world.serve(kCrds, "CustomResourceDefinition");
  for (const auto& [resource, kind] : {std::pair(kGateways, "Gateway"), std::pair(kHttpRoutes, "HTTPRoute")}) {
    world.serve(resource, kind);
    world.put(kCrds, crd(resource));
  }
  world.put(kNamespaces, R"({"metadata":{"name":"n"}})");
}

void SourceTest::start_and_sync(const Timing& timing) {
  start(timing);
  take_until([&] { return all.is_synced; });
}

void SourceTest::take_until(const std::function<bool()>& holds) {
  const auto deadline = Clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (Clock::now() >= deadline) FAIL() << "what is waited for does not come";
    pollfd wait{source->fd(), POLLIN, 0};
    if (::poll(&wait, 1, 5) == 0) continue;
    const Batch batch = source->take();
    ASSERT_NE(batch.objects, nullptr);
    ++all.batches;
    for (const auto& ref : batch.changed) all.changed.push_back(to_string(ref));
    for (const auto& ref : batch.recorded) all.recorded.push_back(to_string(ref));
    for (const auto& [subject, what] : batch.troubles) {
      if (what.empty()) {
        all.troubles.erase(subject);
      } else {
        all.troubles[subject] = what;
      }
    }
    all.is_synced = batch.is_synced;
    all.has_contents = batch.has_contents;
  }
}

std::shared_ptr<const api::Service> SourceTest::service_named(const std::string& name) const {
  return find(source->objects()->services, name);
}

std::shared_ptr<const api::Gateway> SourceTest::gateway_named(const std::string& name) const {
  return find(source->objects()->gateways, name);
}

std::shared_ptr<const api::Secret> SourceTest::secret_named(const std::string& name) const {
  return find(source->objects()->secrets, name);
}

ResourceCounts SourceTest::counts(const Resource& resource) const {
  const auto counts = source->counts();
  const auto found = counts.resources.find(to_string(resource));
  return found != counts.resources.end() ? found->second : ResourceCounts();
}

void SourceTest::wait_for_watches(const Resource& resource, std::uint64_t number) {
  take_until([&] { return counts(resource).watches >= number; });
}

std::string SourceTest::trouble(const std::string& subject) const {
  const auto found = all.troubles.find(subject);
  return found != all.troubles.end() ? found->second : "";
}

}  // namespace sluice::kubernetes
