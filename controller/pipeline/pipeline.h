// Objects in, model out, and the way back: what a source delivers goes through attach and compile; what the data plane
// made of it becomes the objects' status. Knows neither where objects come from nor what a node is.
//
//   delta = pipeline.update(objects, changed);
//   ... a node applies the delta ...
//   for (const auto& finding : pipeline.settle(data_plane, now)) log it;
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/attach/attach.h"
#include "controller/compile/compile.h"
#include "controller/pipeline/finding.h"
#include "controller/status/status.h"

namespace sluice::pipeline {

/// Every object of the set, sorted.
std::vector<api::ObjectRef> refs_of(const api::ObjectSet& objects);

/// Not thread-safe; one owner.
class Pipeline {
 public:
  explicit Pipeline(attach::AttachOptions options);

  /// objects  the set as it is now; ownership is shared.
  /// changed  what was added, changed or removed since the last call; the first call takes the whole set, whatever it
  ///          says.
  model::v1::Delta update(std::shared_ptr<const api::ObjectSet> objects, std::span<const api::ObjectRef> changed);

  /// Other addresses for Gateways that name none, from the next update() on, which need not change anything else.
  void set_default_addresses(std::vector<std::string> addresses);

  /// What became of the updates so far. time: RFC 3339, UTC; conditions that change now change at that time. Returns
  /// what is new to tell.
  std::vector<Finding> settle(status::DataPlane data_plane, std::string time);

  /// All objects with their status as of the last settle(): `apiVersion: v1, kind: List`.
  [[nodiscard]] boost::json::object status();

  /// Never null.
  [[nodiscard]] const std::shared_ptr<const api::ObjectSet>& objects() const { return objects_; }
  [[nodiscard]] const attach::Graph& graph() const { return attacher_.graph(); }
  [[nodiscard]] model::v1::Model model() const { return compiler_.model(); }

 private:
  [[nodiscard]] status::Moment moment();

  attach::Attacher attacher_;
  compile::Compiler compiler_;
  std::shared_ptr<const api::ObjectSet> objects_ = std::make_shared<const api::ObjectSet>();
  status::History history_;
  status::DataPlane data_plane_;
  std::string time_{status::kNoTime};
  bool first_ = true;
  std::set<api::ObjectRef> unsettled_;                       ///< their status may have changed since the last settle
  std::map<api::ObjectRef, std::vector<Finding>> findings_;  ///< told
};

}  // namespace sluice::pipeline
