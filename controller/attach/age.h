// The order of precedence among objects of a kind: the older, then by namespace and name.
#pragma once

#include "controller/api/meta.h"
#include "controller/api/object_set.h"

namespace sluice::attach {

struct Age {
  std::string creation_timestamp;
  api::NamespacedName name;
  auto operator<=>(const Age&) const = default;
};

inline Age age_of(const api::ObjectMeta& meta) {
  return {meta.creation_timestamp, {meta.namespace_, meta.name}};
}

}  // namespace sluice::attach
