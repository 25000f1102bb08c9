#include "controller/source/kubernetes/object_sets.h"

namespace sluice::kubernetes {
namespace {

void apply_one(api::ObjectSet& set, const api::ObjectRef& ref, const std::optional<api::AnyObject>& object) {
  const api::NamespacedName name{ref.namespace_, ref.name};
  if (object) {
    std::visit([&]<class T>(const std::shared_ptr<const T>& typed) { (set.*api::KindOf<T>::kMember)[name] = typed; },
               *object);
    return;
  }
  api::Kinds::for_each([&]<class T>() {
    if (T::kKind == ref.kind) (set.*api::KindOf<T>::kMember).erase(name);
  });
}

void apply_all(api::ObjectSet& set, const Outbox::Changes& changes) {
  for (const auto& [ref, object] : changes) apply_one(set, ref, object);
}

}  // namespace

const std::shared_ptr<const api::ObjectSet>& ObjectSets::apply(Outbox::Changes changes) {
  if (changes.empty()) return shown_;
  if (back_.use_count() == 1) {
    apply_all(*back_, lag_);
  } else {
    back_ = std::make_shared<api::ObjectSet>(*front_);
  }
  apply_all(*back_, changes);
  std::swap(front_, back_);
  shown_ = front_;
  lag_ = std::move(changes);
  return shown_;
}

}  // namespace sluice::kubernetes
