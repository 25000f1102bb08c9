// A small world whose objects come, change and go at random: few names, so that they meet, miss and conflict often.
#pragma once

#include <random>

#include "controller/api/object_set.h"

namespace sluice::attach {

class RandomEdits {
 public:
  /// secret, ca  objects whose data is a valid certificate with its key, and a valid CA bundle.
  RandomEdits(unsigned seed, const api::Secret& secret, const api::ConfigMap& ca)
      : random_(seed), secret_(secret), ca_(ca) {}

  /// Adds, changes or removes one to three objects; returns which.
  std::vector<api::ObjectRef> edit(api::ObjectSet& objects);

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool once_in(std::size_t times) { return below(times) == 0; }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[below(of.size())];
  }
  api::ObjectMeta meta(std::string namespace_, std::string name);
  std::string a_namespace();
  std::string a_hostname();
  std::optional<std::string> maybe_namespace();

  api::ObjectRef edit_one(api::ObjectSet& objects);
  template <class T>
  api::ObjectRef put(api::Objects<T>& all, T object);

  template <class T>
  api::ObjectRef change_age(api::Objects<T>& all, T object);

  api::NamespaceSelection selection();
  api::Listener listener(std::size_t index);
  api::ParentReference parent();
  api::BackendRef backend();
  api::Gateway gateway();
  api::ListenerSet listener_set();
  api::SluiceParameters parameters();
  template <class Route>
  Route route(const std::string& name);
  api::ReferenceGrant grant();
  api::BackendTlsPolicy policy();
  api::Service service();
  api::EndpointSlice slice();

  std::mt19937 random_;
  const api::Secret& secret_;
  const api::ConfigMap& ca_;
};

}  // namespace sluice::attach
