// Which resources of the model are not in force on this node, and why, over a sequence of deltas.
#pragma once

#include <map>
#include <set>
#include <string>

#include "userspace/model/store.h"

namespace sluice::agent {

class Refusals {
 public:
  /// Of a data plane that tells what it refuses of a delta.
  /// changed  names that a delta changed or removed: what was refused of them, or of a frontend that reaches them, is
  ///          forgotten.
  /// refused  what was refused now: resource name -> why.
  void update(const model::Store& store, const std::set<std::string>& changed,
              const std::map<std::string, std::string>& refused);

  /// Of a data plane that tells all that it refuses, each time: the kernel's.
  void replace(const model::Store& store, std::map<std::string, std::string> refused);

  /// Those, and the frontends that reach them by reference, each with the reason.
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return all_; }

 private:
  void put_together(const model::Store& store);

  std::map<std::string, std::string> refused_;  ///< by update()
  std::map<std::string, std::string> whole_;    ///< by replace()
  std::map<std::string, std::string> all_;
};

}  // namespace sluice::agent
