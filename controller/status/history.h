// What a running node remembers so that the status of a folder's objects behaves as an API server's: generation counts
// changes of spec since the start, and lastTransitionTime stays while a condition keeps its status.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <span>

#include "controller/api/kinds.h"

namespace sluice::status {

/// Not thread-safe; one owner. Shares ownership of the objects that it knows.
class History {
 public:
  /// changed  objects that were added, changed or removed. A new spec counts; labels and the like do not. An object
  /// that is gone is forgotten.
  void record(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed);

  /// 1 for an object that was never recorded.
  [[nodiscard]] std::int64_t generation(const api::ObjectRef& ref) const;

  /// status  with `time` in each of its conditions: those that have had their status value since an earlier call get
  /// the time that they had then. Remembers it for the next.
  void stamp(const api::ObjectRef& ref, boost::json::object& status);

 private:
  struct Known {
    api::AnyObject object;
    std::int64_t generation = 1;
  };
  std::map<api::ObjectRef, Known> objects_;
  std::map<api::ObjectRef, boost::json::object> statuses_;
};

}  // namespace sluice::status
