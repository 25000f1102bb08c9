#include "userspace/agent/refusals.h"

#include <algorithm>
#include <utility>

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
  put_together(store);
}

void Refusals::replace(const model::Store& store, std::map<std::string, std::string> refused) {
  whole_ = std::move(refused);
  put_together(store);
}

void Refusals::put_together(const model::Store& store) {
  all_ = refused_;
  all_.insert(whole_.begin(), whole_.end());
  const auto named = all_;
  for (const auto& [name, why] : named) {
    const std::string of_frontend = std::string(name).append(": ").append(why);
    for (const auto& frontend : store.frontends_of({name})) all_.try_emplace(frontend, of_frontend);
  }
}

}  // namespace sluice::agent
