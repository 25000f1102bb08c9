#include "tests/unit/controller/compile/random_world.h"

#include <algorithm>
#include <array>

namespace sluice::compile {
namespace {

constexpr std::size_t kParametersAtStart = 20;
constexpr std::size_t kObjectsAtStart = 150;

/// Whether objects of the kind stand outside of namespaces.
template <class T>
constexpr bool kOfCluster = std::is_same_v<T, api::GatewayClass> || std::is_same_v<T, api::Namespace>;

}  // namespace

RandomWorld::RandomWorld(std::uint32_t seed) : random_(seed) {
  // Without the parameters that they name, Gateways serve nothing.
  for (std::size_t i = 0; i < kParametersAtStart; ++i) edit_one<api::SluiceParameters>();
  for (std::size_t i = 0; i < kObjectsAtStart; ++i) edit_any();
}

template <class T>
api::ObjectRef RandomWorld::edit_one() {
  api::ObjectRef ref{.kind = std::string(T::kKind), .namespace_ = {}, .name = {}};
  if constexpr (!kOfCluster<T>) ref.namespace_ = random_namespaces()[random_() % random_namespaces().size()];
  const auto& names = std::is_same_v<T, api::Namespace> ? random_namespaces() : random_names();
  ref.name = names[random_() % names.size()];
  if (std::is_same_v<T, api::GatewayClass> && random_() % 4 == 0) ref.name = "sluice";

  auto& objects = objects_.*api::KindOf<T>::kMember;
  const api::NamespacedName key{ref.namespace_, ref.name};
  auto genes = genes_.find(ref);
  if (genes == genes_.end()) {
    genes = genes_.emplace(ref, Genes(random_)).first;
  } else if (objects.contains(key) && random_() % 8 == 0) {
    objects.erase(key);
    return ref;
  } else if (random_() % 8 == 0) {
    genes->second = Genes(random_);
  } else {
    genes->second.mutate(random_);
  }
  genes->second.rewind();
  auto object = std::make_shared<T>(random_object<T>(genes->second));
  object->metadata.namespace_ = ref.namespace_;
  object->metadata.name = ref.name;
  objects[key] = std::move(object);
  return ref;
}

api::ObjectRef RandomWorld::edit_any() {
  using namespace api;
  using Edit = ObjectRef (RandomWorld::*)();
  // Kinds that much hangs on, or that differ much, come up more often.
  static constexpr std::array<Edit, 25> kEdits{
      &RandomWorld::edit_one<GatewayClass>,    &RandomWorld::edit_one<Gateway>,
      &RandomWorld::edit_one<Gateway>,         &RandomWorld::edit_one<ListenerSet>,
      &RandomWorld::edit_one<ListenerSet>,     &RandomWorld::edit_one<HttpRoute>,
      &RandomWorld::edit_one<HttpRoute>,       &RandomWorld::edit_one<HttpRoute>,
      &RandomWorld::edit_one<GrpcRoute>,       &RandomWorld::edit_one<TcpRoute>,
      &RandomWorld::edit_one<UdpRoute>,        &RandomWorld::edit_one<TlsRoute>,
      &RandomWorld::edit_one<TlsRoute>,        &RandomWorld::edit_one<ReferenceGrant>,
      &RandomWorld::edit_one<ReferenceGrant>,  &RandomWorld::edit_one<BackendTlsPolicy>,
      &RandomWorld::edit_one<Namespace>,       &RandomWorld::edit_one<Service>,
      &RandomWorld::edit_one<Service>,         &RandomWorld::edit_one<EndpointSlice>,
      &RandomWorld::edit_one<EndpointSlice>,   &RandomWorld::edit_one<Secret>,
      &RandomWorld::edit_one<ConfigMap>,       &RandomWorld::edit_one<SluiceParameters>,
      &RandomWorld::edit_one<SluiceParameters>};
  return (this->*kEdits[random_() % kEdits.size()])();
}

std::vector<api::ObjectRef> RandomWorld::edit() {
  std::vector<api::ObjectRef> touched{edit_any()};
  while (random_() % 5 == 0) touched.push_back(edit_any());
  std::ranges::sort(touched);
  const auto repeated = std::ranges::unique(touched);
  touched.erase(repeated.begin(), repeated.end());
  return touched;
}

}  // namespace sluice::compile
