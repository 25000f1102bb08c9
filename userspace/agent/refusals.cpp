#include "userspace/agent/refusals.h"

#include <algorithm>

namespace sluice::agent {

void Refusals::update(const model::Store& store, const std::set<std::string>& changed,
                      const std::map<std::string, std::string>& refused) {
  if (!refused_.empty()) {
    const auto touched = store.frontends_of(changed);
    std::erase_if(refused_, [&](const auto& entry) {
      if (changed.contains(entry.first) || store.find(entry.first) == nullptr) return true;
      const auto frontends = store.frontends_of({entry.first});
      return std::ranges::any_of(frontends, [&](const auto& name) { return touched.contains(name); });
    });
  }
  for (const auto& [name, why] : refused) refused_[name] = why;
  all_ = refused_;
  for (const auto& [name, why] : refused_) {
    const std::string of_frontend = std::string(name).append(": ").append(why);
    for (const auto& frontend : store.frontends_of({name})) all_.try_emplace(frontend, of_frontend);
  }
}

}  // namespace sluice::agent
