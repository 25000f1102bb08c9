// The names of all objects of a set: what the first update of an Attacher is told.
#pragma once

#include "controller/api/kinds.h"

namespace sluice::attach {

inline std::vector<api::ObjectRef> every_object(const api::ObjectSet& objects) {
  std::vector<api::ObjectRef> refs;
  api::Kinds::for_each([&]<class T>() {
    for (const auto& [name, object] : objects.*api::KindOf<T>::kMember) {
      refs.push_back({std::string(T::kKind), name.namespace_, name.name});
    }
  });
  return refs;
}

}  // namespace sluice::attach
