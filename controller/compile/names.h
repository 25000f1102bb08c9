// The names of the model's resources (include/sluice/model.proto) and the references that it prints.
#pragma once

#include <string>

#include "controller/attach/graph.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

/// "NAMESPACE/KIND/OWNER/LISTENER": what follows "frontend/", "l4/", "sni/", "http/" and "host/".
std::string listener_path(const attach::ListenerId& id);

/// "host/" + listener path + "/" + hostname, "-" for any.
std::string host_name(const std::string& listener_path, const std::string& hostname);

/// "NAMESPACE/SERVICE:PORT/(tcp|udp)": what follows "backend/" and "endpoints/".
std::string backend_path(const attach::ResolvedBackend& backend);

model::v1::ObjectRef object_ref(const api::ObjectRef& ref, const std::string& section = {});

}  // namespace sluice::compile
