#include "controller/attach/dependency.h"

#include <algorithm>

namespace sluice::attach {

api::ObjectRef grants_of(const std::string& namespace_) {
  return {"ReferenceGrant", namespace_, ""};
}

api::ObjectRef default_gateways() {
  return {"Gateway", "", ""};
}

void DependencyIndex::set(const api::ObjectRef& result, std::vector<api::ObjectRef> on) {
  std::ranges::sort(on);
  on.erase(std::ranges::unique(on).begin(), on.end());
  const auto known = on_.find(result);
  if (known == on_.end() ? on.empty() : known->second == on) return;
  if (known != on_.end()) {
    for (const auto& object : known->second) {
      if (std::ranges::binary_search(on, object)) continue;
      const auto users = users_.find(object);
      users->second.erase(result);
      if (users->second.empty()) users_.erase(users);
    }
  }
  for (const auto& object : on) users_[object].insert(result);
  if (on.empty()) {
    on_.erase(known);
  } else {
    on_[result] = std::move(on);
  }
}

const std::set<api::ObjectRef>& DependencyIndex::users_of(const api::ObjectRef& on) const {
  static const std::set<api::ObjectRef> kNone;
  const auto users = users_.find(on);
  return users == users_.end() ? kNone : users->second;
}

}  // namespace sluice::attach
