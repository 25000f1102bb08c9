#include "controller/pipeline/pipeline.h"

#include <algorithm>
#include <utility>

#include "controller/api/kinds.h"

namespace sluice::pipeline {

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

Pipeline::Pipeline(attach::AttachOptions options) : attacher_(std::move(options)) {}

model::v1::Delta Pipeline::update(std::shared_ptr<const api::ObjectSet> objects,
                                  std::span<const api::ObjectRef> changed) {
  objects_ = std::move(objects);
  std::vector<api::ObjectRef> all;
  if (std::exchange(first_, false)) {
    all = refs_of(*objects_);
    changed = all;
  }
  history_.record(*objects_, changed);
  const auto delta = attacher_.update(*objects_, changed);
  unsettled_.insert(changed.begin(), changed.end());
  unsettled_.insert(delta.status.begin(), delta.status.end());
  return compiler_.update(*objects_, attacher_.graph(), delta);
}

void Pipeline::set_default_addresses(std::vector<std::string> addresses) {
  attacher_.set_default_addresses(std::move(addresses));
}

std::vector<Finding> Pipeline::settle(status::DataPlane data_plane, std::string time) {
  // What the data plane refuses shows at Gateways and ListenerSets; which ones is status' knowledge, and they are few.
  if (data_plane.state != data_plane_.state || data_plane.message != data_plane_.message ||
      data_plane.refused != data_plane_.refused) {
    for (const auto& ref : status::listed(*objects_, graph())) {
      if (ref.kind == "Gateway" || ref.kind == "ListenerSet") unsettled_.insert(ref);
    }
  }
  data_plane_ = std::move(data_plane);
  time_ = std::move(time);

  std::vector<Finding> fresh;
  for (const auto& ref : std::exchange(unsettled_, {})) {
    const auto status = status::status_of(graph(), ref, moment());
    auto found = status ? findings(ref, *status) : std::vector<Finding>{};
    auto& told = findings_[ref];
    std::ranges::copy_if(found, std::back_inserter(fresh),
                         [&](const auto& finding) { return std::ranges::find(told, finding) == told.end(); });
    told = std::move(found);
    if (told.empty()) findings_.erase(ref);
  }
  return fresh;
}

boost::json::object Pipeline::status() {
  return status::list(*objects_, graph(), moment());
}

status::Moment Pipeline::moment() {
  return {.data_plane = data_plane_, .time = time_, .history = &history_};
}

}  // namespace sluice::pipeline
