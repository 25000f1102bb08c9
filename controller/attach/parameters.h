// SluiceParameters: what the parametersRef of a GatewayClass or a Gateway names (GEP-1867).
#pragma once

#include <expected>

#include "controller/attach/attach.h"

namespace sluice::attach {

/// The object that the reference names. Errors: it is of another kind, it is not there, or it asks for what this build
/// cannot carry out; reason InvalidParameters.
/// owner, field  who refers, and where. The class's reference names a namespace; a Gateway's is in its own.
using FoundParameters = std::expected<std::shared_ptr<const api::SluiceParameters>, Refusal>;
FoundParameters find_parameters(const api::ObjectSet& objects, const api::ObjectRef& owner,
                                const api::ObjectReference& reference);
FoundParameters find_parameters(const api::ObjectSet& objects, const api::ObjectRef& owner,
                                const api::LocalObjectReference& reference);

/// What a Gateway's own parameters and those of its class say together: its own go first, field by field. A reference
/// that does not resolve says nothing; its owner is not accepted.
api::SluiceParametersSpec parameters_of(const api::ObjectSet& objects, const api::Gateway& gateway);

/// Whether a node's own endpoints go before others.
bool prefers_local(const api::SluiceParametersSpec& spec);

/// The SluiceParameters that the reference names, there or not; nullopt: it names none.
std::optional<api::ObjectRef> parameters_dependency(const std::optional<api::ObjectReference>& reference);
std::optional<api::ObjectRef> parameters_dependency(const api::Gateway& gateway);

}  // namespace sluice::attach
