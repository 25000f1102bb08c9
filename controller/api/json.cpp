#include "controller/api/json.h"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <charconv>

#include "controller/api/base64.h"
#include "controller/api/json_name.h"
#include "controller/api/kinds.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
namespace describe = boost::describe;

template <class T>
using MembersOf = describe::describe_members<T, describe::mod_public>;

/// The way from the object's root to the member at hand; written out only for an error.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  int index = -1;
};

std::string to_string(const Place& place) {
  const std::string before = place.parent != nullptr ? to_string(*place.parent) : "";
  if (place.index >= 0) return before + "[" + std::to_string(place.index) + "]";
  return before.empty() ? std::string(place.name) : before + "." + std::string(place.name);
}

class Reader {
 public:
  std::optional<JsonError> error;

  void refuse(const Place& place, std::string_view wanted) {
    if (!error) error = JsonError{to_string(place), "must be " + std::string(wanted)};
  }

  void read(const json::value& in, std::string& out, const Place& place) {
    if (const auto* text = in.if_string()) {
      out.assign(text->data(), text->size());
    } else if (in.is_int64() || in.is_uint64() || in.is_double() || in.is_bool()) {
      out = json::serialize(in);
    } else {
      refuse(place, "text");
    }
  }
  void read(const json::value& in, bool& out, const Place& place) {
    if (in.is_bool()) {
      out = in.get_bool();
    } else {
      refuse(place, "true or false");
    }
  }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  void read(const json::value& in, T& out, const Place& place) {
    boost::system::error_code failed;
    out = in.to_number<T>(failed);
    if (failed) refuse(place, "a whole number in range");
  }
  template <class T>
  void read(const json::value& in, std::optional<T>& out, const Place& place) {
    read(in, out.emplace(), place);
  }
  template <class T>
  void read(const json::value& in, std::vector<T>& out, const Place& place) {
    const auto* items = in.if_array();
    if (items == nullptr) return refuse(place, "a list");
    out.resize(items->size());
    for (std::size_t i = 0; i < items->size(); ++i) {
      read((*items)[i], out[i], Place{&place, {}, static_cast<int>(i)});
    }
  }
  template <class T>
  void read(const json::value& in, std::map<std::string, T>& out, const Place& place) {
    const auto* fields = in.if_object();
    if (fields == nullptr) return refuse(place, "a map");
    for (const auto& [key, value] : *fields) read(value, out[std::string(key)], Place{&place, key});
  }
  template <class T>
    requires describe::has_describe_members<T>::value
  void read(const json::value& in, T& out, const Place& place) {
    const auto* fields = in.if_object();
    if (fields == nullptr) return refuse(place, "an object");
    read_members(*fields, out, &place);
  }
  template <class T>
  void read_members(const json::object& fields, T& out, const Place* parent) {
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
      static constexpr JsonName kName{decltype(member)::name};
      const json::value* value = fields.if_contains(kName.view());
      if (value == nullptr || value->is_null()) return;
      read(*value, out.*member.pointer, Place{parent, kName.view()});
    });
  }
};

/// data is base64 in JSON; stringData is text, and wins.
void finish(Reader& reader, const json::object& fields, Secret& secret) {
  for (auto& [key, value] : secret.data) {
    auto decoded = decode_base64(value);
    const Place data{nullptr, "data"};
    if (!decoded) return reader.refuse(Place{&data, key}, "base64");
    value = *std::move(decoded);
  }
  const json::value* texts = fields.if_contains("stringData");
  if (texts == nullptr || texts->is_null()) return;
  std::map<std::string, std::string> plain;
  reader.read(*texts, plain, Place{nullptr, "stringData"});
  for (auto& [key, value] : plain) secret.data[key] = std::move(value);
}
template <class T>
void finish(Reader&, const json::object&, T&) {}

json::value write(const std::string& value) {
  return json::string(value);
}
json::value write(bool value) {
  return value;
}
template <std::integral T>
  requires(!std::same_as<T, bool>)
json::value write(T value) {
  return static_cast<std::int64_t>(value);
}
template <class T>
  requires describe::has_describe_members<T>::value
json::value write(const T& value);

template <class T>
json::value write(const std::vector<T>& values) {
  json::array out;
  for (const auto& value : values) out.push_back(write(value));
  return out;
}
template <class T>
json::value write(const std::map<std::string, T>& values) {
  json::object out;
  for (const auto& [key, value] : values) out[key] = write(value);
  return out;
}

/// An empty group is a name (the core group); any other empty text is an absent one.
bool is_absent(std::string_view field, const std::string& value) {
  return value.empty() && field != "group";
}
template <class T>
bool is_absent(std::string_view, const std::vector<T>& value) {
  return value.empty();
}
template <class T>
bool is_absent(std::string_view, const std::map<std::string, T>& value) {
  return value.empty();
}
template <class T>
bool is_absent(std::string_view, const T&) {
  return false;
}

template <class T>
void write_member(json::object& out, std::string_view field, const T& value) {
  if (!is_absent(field, value)) out[field] = write(value);
}
template <class T>
void write_member(json::object& out, std::string_view field, const std::optional<T>& value) {
  if (value) out[field] = write(*value);
}

template <class T>
void write_members(json::object& out, const T& value) {
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    static constexpr JsonName kName{decltype(member)::name};
    write_member(out, kName.view(), value.*member.pointer);
  });
}

template <class T>
  requires describe::has_describe_members<T>::value
json::value write(const T& value) {
  json::object out;
  write_members(out, value);
  return out;
}

/// A target port is a number or a name, and both are kept as text.
void restore_numbers(json::object& service) {
  json::value* spec = service.if_contains("spec");
  json::value* ports = spec != nullptr ? spec->get_object().if_contains("ports") : nullptr;
  if (ports == nullptr) return;
  for (auto& port : ports->get_array()) {
    json::value* target = port.get_object().if_contains("targetPort");
    if (target == nullptr) continue;
    const json::string& text = target->get_string();
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc() && end == text.data() + text.size()) *target = number;
  }
}

}  // namespace

template <class T>
std::expected<T, JsonError> from_json(const json::object& fields) {
  Reader reader;
  T out;
  reader.read_members(fields, out, nullptr);
  finish(reader, fields, out);
  if (reader.error) return std::unexpected(*std::move(reader.error));
  return out;
}

template <class T>
json::object to_json(const T& object) {
  json::object out;
  out["apiVersion"] = KindOf<T>::kApiVersion;
  out["kind"] = T::kKind;
  write_members(out, object);
  if constexpr (std::same_as<T, Service>) restore_numbers(out);
  if constexpr (std::same_as<T, Secret>) {
    if (json::value* data = out.if_contains("data")) {
      for (auto& field : data->get_object()) field.value() = "REDACTED";
    }
  }
  return out;
}

#define SLUICE_INSTANTIATE(type)                                                \
  template std::expected<type, JsonError> from_json<type>(const json::object&); \
  template json::object to_json<type>(const type&);
SLUICE_INSTANTIATE(GatewayClass)
SLUICE_INSTANTIATE(Gateway)
SLUICE_INSTANTIATE(ListenerSet)
SLUICE_INSTANTIATE(HttpRoute)
SLUICE_INSTANTIATE(GrpcRoute)
SLUICE_INSTANTIATE(TcpRoute)
SLUICE_INSTANTIATE(UdpRoute)
SLUICE_INSTANTIATE(TlsRoute)
SLUICE_INSTANTIATE(ReferenceGrant)
SLUICE_INSTANTIATE(BackendTlsPolicy)
SLUICE_INSTANTIATE(Namespace)
SLUICE_INSTANTIATE(Service)
SLUICE_INSTANTIATE(EndpointSlice)
SLUICE_INSTANTIATE(Secret)
SLUICE_INSTANTIATE(ConfigMap)
SLUICE_INSTANTIATE(Node)
SLUICE_INSTANTIATE(AddressPool)
SLUICE_INSTANTIATE(SluiceParameters)
#undef SLUICE_INSTANTIATE

}  // namespace sluice::api
