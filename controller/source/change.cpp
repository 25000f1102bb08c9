#include "controller/source/change.h"

#include <algorithm>

#include "controller/api/kinds.h"

namespace sluice::source {
namespace {

template <class T>
void compare(const api::Objects<T>& before, const api::Objects<T>& after, std::vector<api::ObjectRef>& out) {
  const auto add = [&](const api::NamespacedName& name) {
    out.push_back({std::string(T::kKind), name.namespace_, name.name});
  };
  auto old = before.begin();
  for (const auto& [name, object] : after) {
    for (; old != before.end() && old->first < name; ++old) add(old->first);
    const bool was_there = old != before.end() && old->first == name;
    if (!was_there || old->second != object) add(name);
    if (was_there) ++old;
  }
  for (; old != before.end(); ++old) add(old->first);
}

}  // namespace

std::vector<api::ObjectRef> changed_objects(const api::ObjectSet& before, const api::ObjectSet& after) {
  std::vector<api::ObjectRef> out;
  api::Kinds::for_each([&]<class T>() {
    constexpr auto kMember = api::KindOf<T>::kMember;
    compare<T>(before.*kMember, after.*kMember, out);
  });
  std::ranges::sort(out);
  return out;
}

}  // namespace sluice::source
