#include "controller/api/unread_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <map>

#include "controller/api/kinds.h"
#include "controller/api/schema/catalog.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A value with every field that the schema knows, one item in each list.
json::value every_field(const SchemaNode& node) {
  if (node.type == SchemaType::kArray) return json::array{every_field(*node.items)};
  if (node.type != SchemaType::kObject) return "x";
  json::object out;
  for (const auto& [name, child] : node.properties) {
    if (name != "status") out.emplace(name, every_field(*child));
  }
  return out;
}

template <class T>
std::vector<std::string> not_held(Channel channel) {
  const std::string_view version = KindOf<T>::kApiVersion;
  const std::size_t slash = version.find('/');
  const auto* kind =
      Catalog::of(channel).find(slash == std::string_view::npos ? "" : version.substr(0, slash), T::kKind);
  return unread_fields<T>(every_field(*kind->version("v1")->root).as_object());
}

TEST(UnreadFields, NamesTheFieldsThatATypeDoesNotHoldOnce) {
  const auto object = json::parse(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
    "spec": {"sessionAffinity": "None", "ports": [{"port": 1, "nodePort": 2}, {"port": 3, "nodePort": 4}]}})");
  EXPECT_THAT(unread_fields<Service>(object.as_object()), ElementsAre("spec.ports[].nodePort", "spec.sessionAffinity"));
}

TEST(UnreadFields, ASecretsTextIsReadAsItsData) {
  const auto object = json::parse(R"({"type": "Opaque", "stringData": {"a": "b"}, "immutable": true})");
  EXPECT_THAT(unread_fields<Secret>(object.as_object()), ElementsAre("immutable"));
}

TEST(UnreadFields, TypesHoldEveryFieldOfTheGatewayApi) {
  Kinds::for_each([]<class T>() {
    if (!KindOf<T>::kApiVersion.starts_with("gateway.")) return;
    for (const Channel channel : {Channel::kExperimental, Channel::kStandard}) {
      EXPECT_THAT(not_held<T>(channel), IsEmpty()) << T::kKind << " in " << to_string(channel);
    }
  });
}

}  // namespace
}  // namespace sluice::api
