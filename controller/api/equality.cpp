#include "controller/api/equality.h"

#include <boost/mp11.hpp>

namespace sluice::api {
namespace {

namespace describe = boost::describe;

template <class T>
bool equal(const T& a, const T& b);

template <class T>
bool equal_items(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) return false;
  }
  return true;
}

template <class T>
bool equal_values(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || equal(*a, *b));
}

template <class T>
bool equal_members(const T& a, const T& b) {
  bool all = true;
  boost::mp11::mp_for_each<describe::describe_members<T, describe::mod_public>>(
      [&](auto member) { all = all && equal(a.*member.pointer, b.*member.pointer); });
  return all;
}

template <class T>
bool equal(const T& a, const T& b) {
  if constexpr (describe::has_describe_members<T>::value) {
    return equal_members(a, b);
  } else if constexpr (requires { equal_items(a, b); }) {
    return equal_items(a, b);
  } else if constexpr (requires { equal_values(a, b); }) {
    return equal_values(a, b);
  } else {
    return a == b;
  }
}

}  // namespace

template <class T>
bool same(const T& a, const T& b) {
  return equal(a, b);
}

template bool same(const GatewayClass&, const GatewayClass&);
template bool same(const Gateway&, const Gateway&);
template bool same(const ListenerSet&, const ListenerSet&);
template bool same(const HttpRoute&, const HttpRoute&);
template bool same(const GrpcRoute&, const GrpcRoute&);
template bool same(const TcpRoute&, const TcpRoute&);
template bool same(const UdpRoute&, const UdpRoute&);
template bool same(const TlsRoute&, const TlsRoute&);
template bool same(const ReferenceGrant&, const ReferenceGrant&);
template bool same(const BackendTlsPolicy&, const BackendTlsPolicy&);
template bool same(const Namespace&, const Namespace&);
template bool same(const Service&, const Service&);
template bool same(const EndpointSlice&, const EndpointSlice&);
template bool same(const Secret&, const Secret&);
template bool same(const ConfigMap&, const ConfigMap&);
template bool same(const Node&, const Node&);
template bool same(const AddressPool&, const AddressPool&);
template bool same(const SluiceParameters&, const SluiceParameters&);

}  // namespace sluice::api
