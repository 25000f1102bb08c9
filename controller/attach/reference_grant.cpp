#include "controller/attach/reference_grant.h"

#include <algorithm>

namespace sluice::attach {
namespace {

bool grants(const api::ReferenceGrantSpec& grant, const api::ObjectRef& referrer, const Referent& referent) {
  const bool from = std::ranges::any_of(grant.from, [&](const api::ReferenceGrantFrom& f) {
    return f.group == "gateway.networking.k8s.io" && f.kind == referrer.kind && f.namespace_ == referrer.namespace_;
  });
  return from && std::ranges::any_of(grant.to, [&](const api::ReferenceGrantTo& t) {
           return t.group == referent.group && t.kind == referent.kind &&
                  (t.name.value_or("").empty() || *t.name == referent.name);
         });
}

}  // namespace

bool permitted(const api::ObjectSet& objects, const api::ObjectRef& referrer, const Referent& referent) {
  if (referrer.namespace_ == referent.namespace_) return true;
  const auto& all = objects.reference_grants;
  for (auto at = all.lower_bound({std::string(referent.namespace_), ""});
       at != all.end() && at->first.namespace_ == referent.namespace_; ++at) {
    if (grants(at->second->spec, referrer, referent)) return true;
  }
  return false;
}

}  // namespace sluice::attach
