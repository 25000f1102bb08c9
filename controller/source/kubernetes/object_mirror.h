// Mirrors of the kinds that are read whole, and of the CRDs.
#pragma once

#include <functional>
#include <set>

#include "controller/source/kubernetes/crd.h"
#include "controller/source/kubernetes/mirror.h"
#include "controller/source/kubernetes/object_reader.h"
#include "controller/source/kubernetes/outbox.h"

namespace sluice::kubernetes {

/// Whether there is an object at all.
bool holds(const api::AnyObject& object);
/// Whether two objects of one kind say the same.
bool same(const api::AnyObject& one, const api::AnyObject& other);

/// Tells the outbox of every object whose content changes. One that cannot be read is named as trouble; its last
/// version that could be read stays in force, as in a folder, unless that was another object of the name.
class ObjectMirror : public Mirror {
 public:
  /// outbox: borrowed.
  ObjectMirror(const WatchedKind& kind, std::string_view version, Outbox& outbox)
      : kind_(kind), reader_(kind, version), outbox_(outbox) {}

  void read_as(std::string_view version) override { reader_ = ObjectReader(kind_, version); }

 protected:
  void take(ParsedObject object, Held& held) override;
  void drop(const api::NamespacedName& name, Held& held) override;

 private:
  [[nodiscard]] api::ObjectRef ref_of(const api::NamespacedName& name) const {
    return {std::string(kind_.kind), name.namespace_, name.name};
  }
  void refuse(const api::ObjectRef& ref, const std::string& uid, const std::vector<std::string>& errors, Held& held);
  void withdraw(const api::ObjectRef& ref, Held& held);

  const WatchedKind& kind_;
  ObjectReader reader_;
  Outbox& outbox_;
};

/// Keeps of all CRDs those of the Gateway API, and the names of ours.
class CrdMirror : public Mirror {
 public:
  /// changed: after each change, and after each list.
  CrdMirror(Outbox& outbox, std::function<void()> changed) : outbox_(outbox), changed_(std::move(changed)) {}

  /// Those of the Gateway API.
  [[nodiscard]] const Crds& crds() const { return crds_; }
  /// Of the Gateway API or ours.
  [[nodiscard]] bool has(const std::string& name) const { return crds_.contains(name) || own_.contains(name); }
  void read_as(std::string_view) override {}

 protected:
  void take(ParsedObject object, Held& held) override;
  void drop(const api::NamespacedName& name, Held& held) override;
  void listed() override;

 private:
  Outbox& outbox_;
  std::function<void()> changed_;
  Crds crds_;
  std::set<std::string> own_;
};

}  // namespace sluice::kubernetes
