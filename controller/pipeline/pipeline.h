// Objects in, model out, and the way back: what a source delivers goes through attach and compile; what the data plane
// made of it becomes the objects' status. Knows neither where objects come from nor what a node is.
//
//   delta = pipeline.update(objects, changed);
//   ... a node applies the delta ...
//   for (const auto& finding : pipeline.settle(data_plane, now)) log it;
//   for (const auto& ref : pipeline.take_restated()) writer.want(ref, pipeline.status_of(ref));   // a cluster
#pragma once

#include <memory>
#include <optional>
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

/// Who counts generations and keeps the times of conditions.
enum class StatusKeeper {
  kPipeline,   ///< a folder: nobody else does
  kApiServer,  ///< generations are the objects' own; status_of() has the time of settle() in every condition
};

/// Not thread-safe; one owner.
class Pipeline {
 public:
  explicit Pipeline(attach::AttachOptions options, StatusKeeper keeper = StatusKeeper::kPipeline);

  /// objects  the set as it is now; ownership is shared.
  /// changed  what was added, changed or removed since the last call; the first call takes the whole set, whatever it
  ///          says.
  model::v1::Delta update(std::shared_ptr<const api::ObjectSet> objects, std::span<const api::ObjectRef> changed);

  /// Other addresses for Gateways that name none, from the next update() on, which need not change anything else.
  void set_default_addresses(std::vector<std::string> addresses);

  /// What the pools of a cluster gave the Gateways (AttachOptions::grants), likewise.
  void set_grants(attach::Grants grants);

  /// Why the cluster's CRDs are not those that we speak; empty: they are. Shows at the next settle().
  void set_version_trouble(std::string trouble);

  /// Nobody settles for now: of these, those that are gone need no status. Others wait for the next settle().
  void forget_gone(std::span<const api::ObjectRef> changed);

  /// Objects whose status the next settle() looks at.
  [[nodiscard]] std::size_t unsettled() const { return unsettled_.size(); }

  /// What became of the updates so far. time: RFC 3339, UTC; conditions that change now change at that time. Returns
  /// what is new to tell; that a Gateway waits for its nodes is told by its status alone, being over soon or said of
  /// the nodes.
  std::vector<Finding> settle(status::DataPlane data_plane, std::string time);

  /// All that there is to tell as of the last settle(), new or not.
  [[nodiscard]] std::vector<Finding> findings() const;

  /// Objects of kinds that have a status whose status may be another since it was last asked, those that are gone
  /// included; as of the last settle(). For StatusKeeper::kApiServer alone.
  std::set<api::ObjectRef> take_restated();

  /// As of the last settle(). nullopt: we have none to write (status.h).
  [[nodiscard]] std::optional<boost::json::object> status_of(const api::ObjectRef& ref) const;

  /// All objects with their status as of the last settle(): `apiVersion: v1, kind: List`.
  [[nodiscard]] boost::json::object status() const;

  /// Never null.
  [[nodiscard]] const std::shared_ptr<const api::ObjectSet>& objects() const { return objects_; }
  [[nodiscard]] const attach::Graph& graph() const { return attacher_.graph(); }
  [[nodiscard]] model::v1::Model model() const { return compiler_.model(); }

 private:
  void unsettle_what_differs(const status::DataPlane& now);
  void unsettle_listener_sets();

  const StatusKeeper keeper_;
  attach::Attacher attacher_;
  compile::Compiler compiler_;
  std::shared_ptr<const api::ObjectSet> objects_ = std::make_shared<const api::ObjectSet>();
  status::History history_;
  status::Moment moment_;  ///< as of the last settle
  bool first_ = true;
  std::set<api::ObjectRef> unsettled_;                       ///< their status may have changed since the last settle
  std::set<api::ObjectRef> restated_;                        ///< and since the last take_restated
  std::map<api::ObjectRef, std::vector<Finding>> findings_;  ///< told
};

}  // namespace sluice::pipeline
