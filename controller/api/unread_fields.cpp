#include "controller/api/unread_fields.h"

#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <concepts>
#include <set>

#include "controller/api/json_name.h"
#include "controller/api/kinds.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
namespace describe = boost::describe;

using Found = std::set<std::string>;

template <class T>
void look(const json::value&, const T&, const std::string&, Found&) {}
template <class T>
void look(const json::value& in, const std::optional<T>&, const std::string& path, Found& found);
template <class T>
void look(const json::value& in, const std::vector<T>&, const std::string& path, Found& found);
template <class T>
  requires describe::has_describe_members<T>::value
void look(const json::value& in, const T& type, const std::string& path, Found& found);

template <class T>
void look_at_fields(const json::object& fields, const T& type, const std::string& path, Found& found) {
  for (const auto& field : fields) {
    bool read = path.empty() && (field.key() == "apiVersion" || field.key() == "kind" || field.key() == "metadata");
    const std::string below = path.empty() ? std::string(field.key()) : path + "." + std::string(field.key());
    boost::mp11::mp_for_each<describe::describe_members<T, describe::mod_public>>([&](auto member) {
      static constexpr JsonName kName{decltype(member)::name};
      if (read || std::string_view(field.key()) != kName.view()) return;
      read = true;
      look(field.value(), type.*member.pointer, below, found);
    });
    if (!read) found.insert(below);
  }
}

template <class T>
void look(const json::value& in, const std::optional<T>&, const std::string& path, Found& found) {
  static const T kType{};  // GCC 12 takes a temporary here for uninitialised at -O3
  look(in, kType, path, found);
}
template <class T>
void look(const json::value& in, const std::vector<T>&, const std::string& path, Found& found) {
  if (!in.is_array()) return;
  static const T kType{};
  for (const auto& item : in.get_array()) look(item, kType, path + "[]", found);
}
template <class T>
  requires describe::has_describe_members<T>::value
void look(const json::value& in, const T& type, const std::string& path, Found& found) {
  if (in.is_object()) look_at_fields(in.get_object(), type, path, found);
}

}  // namespace

template <class T>
std::vector<std::string> unread_fields(const json::object& fields) {
  Found found;
  look_at_fields(fields, T(), "", found);
  if constexpr (std::same_as<T, Secret>) found.erase("stringData");  // goes into data (json.cpp)
  return {found.begin(), found.end()};
}

template std::vector<std::string> unread_fields<GatewayClass>(const json::object&);
template std::vector<std::string> unread_fields<Gateway>(const json::object&);
template std::vector<std::string> unread_fields<ListenerSet>(const json::object&);
template std::vector<std::string> unread_fields<HttpRoute>(const json::object&);
template std::vector<std::string> unread_fields<GrpcRoute>(const json::object&);
template std::vector<std::string> unread_fields<TcpRoute>(const json::object&);
template std::vector<std::string> unread_fields<UdpRoute>(const json::object&);
template std::vector<std::string> unread_fields<TlsRoute>(const json::object&);
template std::vector<std::string> unread_fields<ReferenceGrant>(const json::object&);
template std::vector<std::string> unread_fields<BackendTlsPolicy>(const json::object&);
template std::vector<std::string> unread_fields<Namespace>(const json::object&);
template std::vector<std::string> unread_fields<Service>(const json::object&);
template std::vector<std::string> unread_fields<EndpointSlice>(const json::object&);
template std::vector<std::string> unread_fields<Secret>(const json::object&);
template std::vector<std::string> unread_fields<ConfigMap>(const json::object&);
template std::vector<std::string> unread_fields<Node>(const json::object&);
template std::vector<std::string> unread_fields<AddressPool>(const json::object&);
template std::vector<std::string> unread_fields<SluiceParameters>(const json::object&);

}  // namespace sluice::api
