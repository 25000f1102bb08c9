// Namespaces as allowedRoutes and allowedListeners select them.
#pragma once

#include "controller/api/object_set.h"

namespace sluice::attach {

/// from  Same, All, Selector or None, defaulted by the caller; home: the namespace of the object that selects.
/// A Selector without selector selects nothing (Kubernetes: a nil selector matches no object).
bool selects_namespace(const api::ObjectSet& objects, const api::NamespaceSelection& selection, std::string_view from,
                       std::string_view home, const std::string& candidate);

}  // namespace sluice::attach
