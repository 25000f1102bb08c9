#include "controller/compile/names.h"

namespace sluice::compile {

std::string listener_path(const attach::ListenerId& id) {
  return id.owner.namespace_ + "/" + id.owner.kind + "/" + id.owner.name + "/" + id.name;
}

std::string host_name(const std::string& listener_path, const std::string& hostname) {
  return "host/" + listener_path + "/" + (hostname.empty() ? "-" : hostname);
}

std::string backend_path(const attach::ResolvedBackend& backend) {
  return backend.service.namespace_ + "/" + backend.service.name + ":" + std::to_string(backend.port) +
         (backend.udp ? "/udp" : "/tcp");
}

model::v1::ObjectRef object_ref(const api::ObjectRef& ref, const std::string& section) {
  model::v1::ObjectRef out;
  out.set_kind(ref.kind);
  out.set_namespace_(ref.namespace_);
  out.set_name(ref.name);
  out.set_section(section);
  return out;
}

}  // namespace sluice::compile
