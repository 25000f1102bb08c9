// A small set of objects that is edited at random, one seed one history.
#pragma once

#include <map>
#include <vector>

#include "tests/unit/controller/compile/random_object.h"

namespace sluice::compile {

class RandomWorld {
 public:
  explicit RandomWorld(std::uint32_t seed);

  [[nodiscard]] const api::ObjectSet& objects() const { return objects_; }

  /// Adds, changes or removes an object, now and then a few at once. Returns those that it touched.
  std::vector<api::ObjectRef> edit();

 private:
  /// One object of the kind: anew, another gene of it, or away.
  template <class T>
  api::ObjectRef edit_one();
  api::ObjectRef edit_any();

  std::mt19937 random_;
  api::ObjectSet objects_;
  std::map<api::ObjectRef, Genes> genes_;
};

}  // namespace sluice::compile
