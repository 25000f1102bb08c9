#include "controller/report/class_finalizer.h"

#include <algorithm>
#include <set>

#include "controller/report/raw_object.h"
#include "controller/source/kubernetes/raw_json.h"
#include "sluice/backoff.h"

namespace sluice::report {
namespace {

using Time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kFirst{1'000}, kMost{60'000};

struct Entry {
  bool is_used = false;
  bool in_flight = false;
  std::string base;  ///< a record other than this is waited for, until wait_end
  Time wait_end = Time::min();
  Backoff backoff{kFirst, kMost};
};

}  // namespace

std::optional<kubernetes::JsonPatch> finalizer_patch(const kubernetes::StatusRecord& record, bool is_used) {
  const std::string ours = kubernetes::quoted(kGatewaysExist);
  std::vector<std::string> items;
  for (const auto item : kubernetes::raw_items(record.finalizers).value_or(std::vector<std::string_view>{})) {
    items.emplace_back(item);
  }
  const bool is_there = std::ranges::find(items, ours) != items.end();
  if (is_there == is_used || (is_used && record.is_deleting)) return std::nullopt;
  if (is_used) {
    items.push_back(ours);
  } else {
    std::erase(items, ours);
  }
  kubernetes::JsonPatch patch(record.resource_version);
  patch.add({"metadata", "finalizers"}, list_of(items));
  return patch;
}

struct ClassFinalizer::State : std::enable_shared_from_this<ClassFinalizer::State> {
  void send(const api::ObjectRef& ref, Entry& entry, const std::string& version, const kubernetes::JsonPatch& patch,
            Time now);

  ApiServer server;
  bool leads = false;
  std::map<api::ObjectRef, Entry> classes;
};

/// What comes of it shows in the next record; without one it is tried again.
void ClassFinalizer::State::send(const api::ObjectRef& ref, Entry& entry, const std::string& version,
                                 const kubernetes::JsonPatch& patch, Time now) {
  auto path = server.path_of(ref);
  if (!path) return;
  entry.in_flight = true;
  entry.base = version;
  entry.wait_end = now + entry.backoff.next();
  server.send(kubernetes::patch(*std::move(path), patch),
              [weak = weak_from_this(), ref](const kubernetes::ApiAnswer& answer) {
                const auto state = weak.lock();
                const auto found = state ? state->classes.find(ref) : decltype(state->classes.find(ref)){};
                if (!state || found == state->classes.end()) return;
                found->second.in_flight = false;
                if (answer) found->second.backoff.reset();
              });
}

ClassFinalizer::ClassFinalizer(ApiServer server) : state_(std::make_shared<State>()) {
  state_->server = std::move(server);
}

ClassFinalizer::~ClassFinalizer() = default;

void ClassFinalizer::lead(bool leads) {
  state_->leads = leads;
}

void ClassFinalizer::update(const attach::Graph& graph) {
  std::set<std::string> used;
  for (const auto& [name, result] : graph.gateways) used.insert(result.gateway->spec.gateway_class_name);
  auto& classes = state_->classes;
  std::erase_if(classes, [&](const auto& known) {
    const auto found = graph.gateway_classes.find({"", known.first.name});
    return found == graph.gateway_classes.end() || found->second.gateway_class == nullptr;
  });
  for (const auto& [name, result] : graph.gateway_classes) {
    if (result.gateway_class != nullptr) classes[result.ref].is_used = used.contains(name.name);
  }
}

std::optional<Time> ClassFinalizer::run(Time now) {
  State& state = *state_;
  std::optional<Time> next;
  if (!state.leads) return next;
  for (auto& [ref, entry] : state.classes) {
    const auto record = state.server.record(ref);
    if (entry.in_flight || record == nullptr) continue;
    const auto patch = finalizer_patch(*record, entry.is_used);
    if (!patch) continue;
    if (record->resource_version == entry.base && now < entry.wait_end) {
      next = next ? std::min(*next, entry.wait_end) : entry.wait_end;
      continue;
    }
    state.send(ref, entry, record->resource_version, *patch, now);
  }
  return next;
}

}  // namespace sluice::report
