#include "controller/attach/dependency.h"

#include <algorithm>

namespace sluice::attach {

api::ObjectRef grants_of(const std::string& namespace_) {
  return {"ReferenceGrant", namespace_, ""};
}

api::ObjectRef default_gateways() {
  return {"Gateway", "", ""};
}

void DependencyIndex::drop_if_unused(const api::ObjectRef& object) {
  const auto found = objects_.find(object);
  if (found->second.on.empty() && found->second.users.empty()) objects_.erase(found);
}

void DependencyIndex::set(const api::ObjectRef& result, std::vector<api::ObjectRef> on) {
  std::ranges::sort(on);
  on.erase(std::ranges::unique(on).begin(), on.end());
  if (on.empty() && !objects_.contains(result)) return;
  auto& [self, links] = *objects_.try_emplace(result).first;
  const auto text = [](const api::ObjectRef* ref) -> const api::ObjectRef& { return *ref; };
  if (!on.empty() && std::ranges::equal(links.on, on, {}, text)) return;
  // The new ones come before the old ones go: what stays keeps its key.
  std::vector<const api::ObjectRef*> now;
  now.reserve(on.size());
  for (auto& object : on) {
    auto& [key, its] = *objects_.try_emplace(std::move(object)).first;
    its.users.insert(&self);
    now.push_back(&key);
  }
  links.on.swap(now);
  for (const auto* before : now) {
    if (std::ranges::binary_search(links.on, *before, {}, text)) continue;
    objects_.find(*before)->second.users.erase(&self);
    if (before != &self) drop_if_unused(*before);
  }
  drop_if_unused(self);
}

const DependencyIndex::Users& DependencyIndex::users_of(const api::ObjectRef& on) const {
  static const Users kNone;
  const auto found = objects_.find(on);
  return found == objects_.end() ? kNone : found->second.users;
}

}  // namespace sluice::attach
