#include "controller/source/assembly.h"

#include <set>

#include "controller/api/equality.h"
#include "controller/api/schema/admission.h"

namespace sluice::source {
namespace {

constexpr std::string_view kNameLabel = "kubernetes.io/metadata.name";

class Assembler {
 public:
  explicit Assembler(const InForce& before) : before_(before) {}

  void add(ManifestObject& object) {
    const auto [first, is_new] = set_->origins.try_emplace(object.ref, object.origin);
    if (!is_new) return refuse_second(object, first->second);
    if (object.change != nullptr) check_change(object);
    if (!object.ref.namespace_.empty()) namespaces_.insert(object.ref.namespace_);
    if (!object.object) return;
    std::visit([&]<class T>(std::shared_ptr<const T>& typed) { keep<T>(object.ref, typed); }, *object.object);
  }
  Assembly finish() {
    add_namespaces();
    return {{std::move(set_), std::move(records_)}, std::move(errors_)};
  }

 private:
  void refuse_second(const ManifestObject& object, const api::Origin& first) {
    errors_.push_back({.file = object.origin.file,
                       .line = object.origin.line,
                       .object = to_string(object.ref),
                       .field = {},
                       .what = "is in " + first.file + ":" + std::to_string(first.line) + " too; keep one"});
  }
  void check_change(const ManifestObject& object) {
    records_[object.ref] = object.change;
    const auto old = before_.records.find(object.ref);
    if (old == before_.records.end() || old->second == object.change) return;
    for (const auto& found : api::check_transition(object.change->json, old->second->json, *object.change->version)) {
      const std::string field = found.field.str();
      const auto line = object.change->lines.find(field);
      errors_.push_back({.file = object.origin.file,
                         .line = line != object.change->lines.end() ? line->second : object.origin.line,
                         .object = to_string(object.ref),
                         .field = field,
                         .what = found.what});
    }
  }
  template <class T>
  void keep(const api::ObjectRef& ref, std::shared_ptr<const T>& object) {
    const api::NamespacedName name{ref.namespace_, ref.name};
    const auto& in_force = (*before_.objects).*api::KindOf<T>::kMember;
    const auto old = in_force.find(name);
    if (old != in_force.end() && old->second != object && api::same(*old->second, *object)) object = old->second;
    auto& objects = (*set_).*api::KindOf<T>::kMember;
    objects.emplace_hint(objects.end(), name, object);
  }
  /// A namespace exists as soon as an object is in it, and has its name as a label (Kubernetes, "Automatic labelling").
  void add_namespaces() {
    for (const auto& [name, object] : set_->namespaces) namespaces_.insert(name.name);
    for (const std::string& name : namespaces_) {
      const auto written = set_->namespaces.find({"", name});
      api::Namespace labelled;
      if (written != set_->namespaces.end()) labelled = *written->second;
      labelled.metadata.name = name;
      labelled.metadata.labels[std::string(kNameLabel)] = name;
      auto object = std::make_shared<const api::Namespace>(std::move(labelled));
      keep<api::Namespace>({std::string(api::Namespace::kKind), "", name}, object);
      set_->namespaces[{"", name}] = std::move(object);
    }
  }

  const InForce& before_;
  std::shared_ptr<api::ObjectSet> set_ = std::make_shared<api::ObjectSet>();
  std::map<api::ObjectRef, std::shared_ptr<const ChangeRecord>> records_;
  std::set<std::string> namespaces_;
  std::vector<SourceError> errors_;
};

}  // namespace

Assembly assemble(std::span<Manifest* const> manifests, const InForce& before) {
  Assembler assembler(before);
  for (Manifest* manifest : manifests) {
    for (ManifestObject& object : manifest->objects) assembler.add(object);
  }
  return assembler.finish();
}

}  // namespace sluice::source
