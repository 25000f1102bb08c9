#include "controller/pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "controller/api/kinds.h"

namespace sluice::pipeline {
namespace {

/// Says nothing but that nodes do not have it yet.
bool is_waiting(const Finding& finding, const status::DataPlane& data_plane) {
  if (finding.type != "Programmed") return false;
  if (data_plane.state == status::DataPlane::State::Pending) return finding.reason == "Pending";
  return std::ranges::any_of(data_plane.pending, [&](const auto& gateway) {
    return !gateway.second.empty() && finding.message.ends_with(gateway.second);
  });
}

bool is_there(const api::ObjectSet& objects, const api::ObjectRef& ref) {
  bool found = false;
  api::Kinds::for_each([&]<class T>() {
    found = found || (T::kKind == ref.kind && (objects.*api::KindOf<T>::kMember).contains({ref.namespace_, ref.name}));
  });
  return found;
}

}  // namespace

std::vector<api::ObjectRef> refs_of(const api::ObjectSet& objects) {
  std::vector<api::ObjectRef> refs;
  api::Kinds::for_each([&]<class T>() {
    for (const auto& [name, object] : objects.*api::KindOf<T>::kMember) {
      refs.push_back({.kind = std::string(T::kKind), .namespace_ = name.namespace_, .name = name.name});
    }
  });
  std::ranges::sort(refs);
  return refs;
}

Pipeline::Pipeline(attach::AttachOptions options, StatusKeeper keeper)
    : keeper_(keeper), attacher_(std::move(options)) {
  if (keeper == StatusKeeper::kPipeline) moment_.history = &history_;
}

model::v1::Delta Pipeline::update(std::shared_ptr<const api::ObjectSet> objects,
                                  std::span<const api::ObjectRef> changed) {
  objects_ = std::move(objects);
  std::vector<api::ObjectRef> all;
  if (std::exchange(first_, false)) {
    all = refs_of(*objects_);
    changed = all;
  }
  if (keeper_ == StatusKeeper::kPipeline) history_.record(*objects_, changed);
  const auto delta = attacher_.update(*objects_, changed);
  const auto unsettle = [this](const api::ObjectRef& ref) {
    if (status::has_status(ref.kind)) unsettled_.insert(ref);
  };
  std::ranges::for_each(changed, unsettle);
  std::ranges::for_each(delta.status, unsettle);
  return compiler_.update(*objects_, attacher_.graph(), delta);
}

void Pipeline::forget_gone(std::span<const api::ObjectRef> changed) {
  for (const auto& ref : changed) {
    if (unsettled_.contains(ref) && !is_there(*objects_, ref)) unsettled_.erase(ref);
  }
}

void Pipeline::set_default_addresses(std::vector<std::string> addresses) {
  attacher_.set_default_addresses(std::move(addresses));
}

void Pipeline::set_grants(attach::Grants grants) {
  attacher_.set_grants(std::move(grants));
}

void Pipeline::set_version_trouble(std::string trouble) {
  if (trouble == moment_.version_trouble) return;
  moment_.version_trouble = std::move(trouble);
  for (const auto& [name, result] : graph().gateway_classes) unsettled_.insert(result.ref);
}

/// What the data plane says shows at Gateways and ListenerSets; of what it refuses, status knows which, and they are
/// few.
void Pipeline::unsettle_what_differs(const status::DataPlane& now) {
  const status::DataPlane& before = moment_.data_plane;
  const bool all = now.state != before.state || now.message != before.message || now.refused != before.refused;
  if (all) {
    for (const auto& [name, result] : graph().gateways) unsettled_.insert(result.ref);
    for (const auto& [name, result] : graph().listener_sets) unsettled_.insert(result.ref);
    return;
  }
  const auto differs = [this](const auto& one, const auto& other) {
    for (const auto& [gateway, message] : one) {
      const auto found = other.find(gateway);
      if (found == other.end() || found->second != message) unsettled_.insert(gateway);
    }
  };
  differs(now.pending, before.pending);
  differs(before.pending, now.pending);
}

/// Those of a Gateway say what it says (ParentNotProgrammed, in force).
void Pipeline::unsettle_listener_sets() {
  std::set<api::ObjectRef> sets;
  for (const auto& ref : unsettled_) {
    if (ref.kind != api::Gateway::kKind) continue;
    const auto gateway = graph().gateways.find({ref.namespace_, ref.name});
    if (gateway == graph().gateways.end()) continue;
    for (const auto& listener : gateway->second.listeners) sets.insert(listener.owner);
  }
  unsettled_.merge(sets);
}

std::vector<Finding> Pipeline::settle(status::DataPlane data_plane, std::string time) {
  unsettle_what_differs(data_plane);
  unsettle_listener_sets();
  moment_.data_plane = std::move(data_plane);
  moment_.time = std::move(time);

  std::vector<Finding> fresh;
  for (const auto& ref : std::exchange(unsettled_, {})) {
    if (keeper_ == StatusKeeper::kApiServer) restated_.insert(ref);
    const auto status = status::status_of(graph(), ref, moment_);
    auto found = status ? pipeline::findings(ref, *status) : std::vector<Finding>{};
    std::erase_if(found, [this](const auto& finding) { return is_waiting(finding, moment_.data_plane); });
    auto& told = findings_[ref];
    std::ranges::copy_if(found, std::back_inserter(fresh),
                         [&](const auto& finding) { return std::ranges::find(told, finding) == told.end(); });
    told = std::move(found);
    if (told.empty()) findings_.erase(ref);
  }
  return fresh;
}

std::vector<Finding> Pipeline::findings() const {
  std::vector<Finding> out;
  for (const auto& [object, told] : findings_) out.insert(out.end(), told.begin(), told.end());
  return out;
}

std::set<api::ObjectRef> Pipeline::take_restated() {
  return std::exchange(restated_, {});
}

std::optional<boost::json::object> Pipeline::status_of(const api::ObjectRef& ref) const {
  return status::status_of(graph(), ref, moment_);
}

boost::json::object Pipeline::status() const {
  return status::list(*objects_, graph(), moment_);
}

}  // namespace sluice::pipeline
