// Which resources of the model are not in force on this node, and why, over a sequence of deltas.
#pragma once

#include <map>
#include <set>
#include <string>

#include "userspace/model/store.h"

namespace sluice::agent {

class Refusals {
 public:
  /// changed  names that a delta changed or removed: what was refused of them, or of a frontend that reaches them, is
  ///          forgotten.
  /// refused  what was refused now: resource name -> why.
  void update(const model::Store& store, const std::set<std::string>& changed,
              const std::map<std::string, std::string>& refused);

  /// Those, and the frontends that reach them by reference, each with the reason.
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return all_; }

 private:
  std::map<std::string, std::string> refused_;
  std::map<std::string, std::string> all_;
};

}  // namespace sluice::agent
