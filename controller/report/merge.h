// Our status of an object put into what the API server holds of it, which others write to as well. Pure. The rules are
// the Gateway API's (apis/v1, v1.7.0), docs/concepts/status.md tells them.
//
//   conditions          by type (condition_list.h)
//   listeners           by name; a listener that is gone stays while it holds a condition of somebody else
//   parents, ancestors  atomic lists: ours are known by controllerName and parentRef or ancestorRef, and stay in their
//                       place; those of ours that we want no more go; others' come back byte for byte
//   the rest            ours alone
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/report/condition_list.h"
#include "controller/source/kubernetes/json_patch.h"
#include "controller/source/kubernetes/status_record.h"

namespace sluice::report {

struct Merged {
  /// Of the object's status; tests the record's resourceVersion. nullopt: what is wanted is there, however it is
  /// written.
  std::optional<kubernetes::JsonPatch> patch;
  /// What the limits of the schema leave no room for, a line each: "parents: Gateway edge/main: 32 are there".
  std::vector<std::string> left_out;
};

/// wanted  as status::status_of makes it; its lastTransitionTimes and observedGenerations do not count, those of `at`
///         do. nullptr: we have none: entries in lists that others share go, all else stays.
Merged merge(std::string_view kind, const kubernetes::StatusRecord& record, const boost::json::object* wanted,
             const MergeTime& at);

}  // namespace sluice::report
