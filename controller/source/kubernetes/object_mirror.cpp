#include "controller/source/kubernetes/object_mirror.h"

#include "controller/api/equality.h"

namespace sluice::kubernetes {
namespace {

constexpr std::size_t kShownFields = 5;

/// "httproutes.gateway.networking.k8s.io" is of gateway.networking.k8s.io.
bool is_of(const std::string& crd, std::string_view group) {
  return crd.size() > group.size() && crd.ends_with(group) && crd[crd.size() - group.size() - 1] == '.';
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size() && i < kShownFields; ++i) out += (i > 0 ? "; " : "") + texts[i];
  if (texts.size() > kShownFields) out += "; and " + std::to_string(texts.size() - kShownFields) + " more";
  return out;
}

const std::string& uid_of(const api::AnyObject& object) {
  return std::visit([](const auto& typed) -> const std::string& { return typed->metadata.uid; }, object);
}

}  // namespace

bool holds(const api::AnyObject& object) {
  return std::visit([](const auto& typed) { return typed != nullptr; }, object);
}

bool same(const api::AnyObject& one, const api::AnyObject& other) {
  return std::visit(
      [&]<class T>(const std::shared_ptr<const T>& typed) {
        const auto* with = std::get_if<std::shared_ptr<const T>>(&other);
        return with != nullptr && *with != nullptr && typed != nullptr && api::same(*typed, **with);
      },
      one);
}

void ObjectMirror::withdraw(const api::ObjectRef& ref, Held& held) {
  if (holds(held.object)) outbox_.remove(ref);
  if (held.record != nullptr) outbox_.remove_record(ref);
  held.object = {};
  held.record = nullptr;
}

void ObjectMirror::refuse(const api::ObjectRef& ref, const std::string& uid, const std::vector<std::string>& errors,
                          Held& held) {
  if (holds(held.object) && uid_of(held.object) != uid) withdraw(ref, held);
  outbox_.trouble(to_string(ref), joined(errors) + (holds(held.object) ? "; the version before it stays in force"
                                                                       : "; the object is left out"));
}

void ObjectMirror::take(ParsedObject object, Held& held) {
  const api::ObjectRef ref = ref_of(object.name);
  const std::string uid = text_of(*object_of(object.fields, "metadata"), "uid");
  auto read = reader_.read(std::move(object));
  if (!read) return refuse(ref, uid, read.error(), held);
  outbox_.trouble(to_string(ref), read->unknown_fields.empty() ? ""
                                                               : "fields that Sluice does not know have no effect: " +
                                                                     joined(read->unknown_fields));
  const bool is_new = !holds(held.object);
  if (is_new || !same(held.object, read->object)) {
    held.object = std::move(read->object);
    outbox_.put(ref, held.object, is_new);
  }
  if (read->record != nullptr && (held.record == nullptr || *held.record != *read->record)) {
    const bool is_first = held.record == nullptr;
    held.record = std::move(read->record);
    outbox_.put_record(ref, held.record, is_first);
  }
}

void ObjectMirror::drop(const api::NamespacedName& name, Held& held) {
  const api::ObjectRef ref = ref_of(name);
  withdraw(ref, held);
  outbox_.trouble(to_string(ref), "");
}

void CrdMirror::take(ParsedObject object, Held&) {
  const std::string& name = object.name.name;
  if (is_of(name, kOwnGroup) && own_.insert(name).second) changed_();
  if (!is_of(name, kGatewayGroup)) return;
  const auto* annotations = object_of(*object_of(object.fields, "metadata"), "annotations");
  Crd& crd = crds_[name];
  if (annotations != nullptr) {
    crd = {text_of(*annotations, "gateway.networking.k8s.io/bundle-version"),
           text_of(*annotations, "gateway.networking.k8s.io/channel")};
  }
  outbox_.crds(crds_);
  changed_();
}

void CrdMirror::drop(const api::NamespacedName& name, Held&) {
  if (own_.erase(name.name) > 0) changed_();
  if (crds_.erase(name.name) == 0) return;
  outbox_.crds(crds_);
  changed_();
}

void CrdMirror::listed() {
  outbox_.crds(crds_);
  changed_();
}

}  // namespace sluice::kubernetes
