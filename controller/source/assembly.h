// From the manifests of a folder, each checked by itself, to one set of objects.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "controller/source/manifest.h"

namespace sluice::source {

/// What a folder's next state is compared with.
struct InForce {
  std::shared_ptr<const api::ObjectSet> objects = std::make_shared<const api::ObjectSet>();
  std::map<api::ObjectRef, std::shared_ptr<const ChangeRecord>> records;
};

struct Assembly {
  InForce next;
  std::vector<SourceError> errors;  ///< with any of these, next is not to be used
};

/// Refuses an object that stands twice, and one whose rules on change it breaks; gives every namespace that an object
/// names a Namespace. An object that says the same as the one in force becomes that one, in the manifest too.
Assembly assemble(std::span<Manifest* const> manifests, const InForce& before);

}  // namespace sluice::source
