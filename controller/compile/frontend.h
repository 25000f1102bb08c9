// A listener as the model's Frontend.
#pragma once

#include <string>
#include <vector>

#include "controller/attach/graph.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

enum class TableKind { None, L4, Sni, Http };

/// Which table a listener that serves leads to; None for a protocol that we do not know.
TableKind table_kind(const attach::ListenerResult& listener);

/// gateway  that the listener is part of; nullptr: it has no result, so no address.
/// path  the listener's (names.h).
/// keys  names of its Key resources, in the order of its certificateRefs; terminated TLS only.
model::v1::Frontend compile_frontend(const attach::ListenerResult& listener, const attach::GatewayResult* gateway,
                                     const std::string& path, const std::vector<std::string>& keys);

}  // namespace sluice::compile
