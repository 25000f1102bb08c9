#include "bench/compile/pipeline.h"

#include <sys/mman.h>

#include "sluice/bpf/maps.h"

namespace sluice::bench {
namespace {

constexpr std::size_t kServiceBytes = sizeof(service) * MAX_SERVICES;
constexpr std::size_t kBackendBytes = sizeof(backend) * MAX_BACKENDS;
constexpr std::size_t kRingBytes = sizeof(std::uint32_t) * MAX_RING_SLOTS;

l4::ServiceIndex no_kernel() {
  return {.set = [](const service_key&, std::uint32_t) { return true; },
          .erase = [](const service_key&) {},
          .retire = [](std::uint32_t, const std::string&) {}};
}

}  // namespace

KernelArrays::KernelArrays() : bytes_(kServiceBytes + kBackendBytes + kRingBytes) {
  // Shared, as a map's mapping is: its pages count as the kernel's, not as the process's own.
  memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) std::abort();
  auto* at = static_cast<std::byte*>(memory_);
  services = {reinterpret_cast<service*>(at), MAX_SERVICES};
  backends = {reinterpret_cast<backend*>(at + kServiceBytes), MAX_BACKENDS};
  rings = {reinterpret_cast<std::uint32_t*>(at + kServiceBytes + kBackendBytes), MAX_RING_SLOTS};
}

KernelArrays::~KernelArrays() {
  munmap(memory_, bytes_);
}

Pipeline::Pipeline()
    : attacher_(attach::AttachOptions{}),
      backends_(arrays_.backends,
                [](const l4::Target&) { return l4::BackendSource{.first = 0, .count = 1, .why = {}}; }),
      rings_(arrays_.rings),
      services_(arrays_.services, no_kernel(), backends_, rings_),
      listeners_builder_(keys_) {}

model::v1::Delta Pipeline::compile(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed) {
  const auto graph_delta = attacher_.update(objects, changed);
  return compiler_.update(objects, attacher_.graph(), graph_delta);
}

void Pipeline::apply(const model::v1::Delta& delta) {
  std::set<std::string> changed(delta.removed().begin(), delta.removed().end());
  for (const auto& resource : delta.changed()) changed.insert(resource.name());
  // Frontends of what goes are those of before, of what comes those of after.
  auto frontends = store_.frontends_of(changed);
  if (!store_.apply(delta)) std::abort();
  frontends.merge(store_.frontends_of(changed));
  services_.update(planner_.update(store_, frontends), [&](const l4::ServiceId& id) { return planner_.find(id); }, {});
  listeners_ = listeners_builder_.update(store_, changed);
  tables_ = tables_builder_.update(store_, changed);
}

std::size_t Pipeline::forwarding() const {
  std::size_t count = backends_.used();
  for (const auto& [name, table] : tables_->frontends()) {
    table->each_host([&](const std::string&, const l7::HostTable& host) { count += host.entries().size(); });
  }
  return count;
}

}  // namespace sluice::bench
