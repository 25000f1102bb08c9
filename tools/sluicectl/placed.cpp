#include "tools/sluicectl/placed.h"

#include <utility>

namespace sluice::ctl {

model::Store placed(model::Store store, const std::vector<std::string>& frontends, const std::string& ip) {
  model::v1::Delta delta;
  delta.set_base_generation(store.generation());
  delta.set_generation(store.generation());
  for (const auto& name : frontends) {
    const auto resource = store.find(name);
    if (!resource->frontend().addresses().empty()) continue;
    auto& changed = *delta.add_changed();
    changed = *resource;
    changed.mutable_frontend()->add_addresses()->set_ip(ip);
  }
  (void)store.apply(delta);  // of its own generation: nothing to refuse
  return store;
}

}  // namespace sluice::ctl
