#include "controller/source/kubernetes/metrics.h"

#include <span>
#include <string_view>

namespace sluice::kubernetes {
namespace {

constexpr std::array<std::string_view, 3> kReasons{"first", "gone", "broken"};
constexpr std::array<std::string_view, 5> kEvents{"added", "modified", "deleted", "bookmark", "error"};

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void sample(std::string& out, std::string_view name, const std::string& labels, std::uint64_t value) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(std::to_string(value)).append("\n");
}

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + std::string(value) + "\"";
}

/// One sample a resource.
template <class F>
void per_resource(std::string& out, const Counts& counts, std::string_view name, F&& value) {
  for (const auto& [resource, of] : counts.resources) sample(out, name, label("resource", resource), value(of));
}

/// One sample a resource and cause; causes that never came are left out.
template <class Names, class F>
void per_cause(std::string& out, const Counts& counts, std::string_view name, std::string_view cause, std::size_t size,
               Names&& names, F&& values) {
  for (const auto& [resource, of] : counts.resources) {
    for (std::size_t i = 0; i < size; ++i) {
      if (values(of)[i] == 0) continue;
      sample(out, name, label("resource", resource) + "," + label(cause, names(i)), values(of)[i]);
    }
  }
}

std::string_view error_name(std::size_t kind) {
  return to_string(static_cast<ApiErrorKind>(kind));
}

}  // namespace

std::string metrics_text(const Counts& counts) {
  std::string out;
  family(out, "sluice_kubernetes_lists_total", "counter", "Lists that were finished, by why they were begun.");
  per_cause(
      out, counts, "sluice_kubernetes_lists_total", "reason", kReasons.size(), [](auto i) { return kReasons[i]; },
      [](const auto& of) -> const auto& { return of.lists; });
  family(out, "sluice_kubernetes_list_pages_total", "counter", "Pages of lists.");
  per_resource(out, counts, "sluice_kubernetes_list_pages_total", [](const auto& of) { return of.pages; });
  family(out, "sluice_kubernetes_watches_total", "counter", "Watches begun.");
  per_resource(out, counts, "sluice_kubernetes_watches_total", [](const auto& of) { return of.watches; });
  family(out, "sluice_kubernetes_events_total", "counter", "Events of watches, by type.");
  per_cause(
      out, counts, "sluice_kubernetes_events_total", "type", kEvents.size(), [](auto i) { return kEvents[i]; },
      [](const auto& of) -> const auto& { return of.events; });
  family(out, "sluice_kubernetes_repeated_events_total", "counter", "Events that had been seen before.");
  per_resource(out, counts, "sluice_kubernetes_repeated_events_total", [](const auto& of) { return of.repeated; });
  family(out, "sluice_kubernetes_errors_total", "counter", "Lists and watches that failed, by how.");
  per_cause(out, counts, "sluice_kubernetes_errors_total", "kind", kApiErrorKinds, error_name,
            [](const auto& of) -> const auto& { return of.errors; });
  family(out, "sluice_kubernetes_objects", "gauge", "Objects known of a resource.");
  per_resource(out, counts, "sluice_kubernetes_objects", [](const auto& of) { return of.objects; });
  family(out, "sluice_kubernetes_watching", "gauge", "1 while a watch of the resource is open.");
  per_resource(out, counts, "sluice_kubernetes_watching",
               [](const auto& of) { return std::uint64_t{of.is_watching ? 1U : 0U}; });
  family(out, "sluice_kubernetes_writes_total", "counter", "Writes to the API server, by what came of them.");
  sample(out, "sluice_kubernetes_writes_total", label("result", "ok"), counts.writes);
  for (std::size_t i = 0; i < kApiErrorKinds; ++i) {
    if (counts.write_errors[i] == 0) continue;
    sample(out, "sluice_kubernetes_writes_total", label("result", error_name(i)), counts.write_errors[i]);
  }
  return out;
}

void Metrics::update(const std::string& resource, const std::function<void(ResourceCounts&)>& change) {
  const std::scoped_lock lock(mutex_);
  change(counts_.resources[resource]);
}

void Metrics::wrote() {
  const std::scoped_lock lock(mutex_);
  ++counts_.writes;
}

void Metrics::failed_write(ApiErrorKind kind) {
  const std::scoped_lock lock(mutex_);
  ++counts_.write_errors[static_cast<std::size_t>(kind)];
}

void Metrics::forget(const std::string& resource) {
  const std::scoped_lock lock(mutex_);
  counts_.resources.erase(resource);
}

Counts Metrics::counts() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace sluice::kubernetes
