#include "controller/source/foreign_gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/directory.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string gateway(std::string_view class_name) {
  return "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge}\nspec:\n  "
         "gatewayClassName: " +
         std::string(class_name) + "\n  listeners: [{name: a, port: 80, protocol: HTTP}]\n---\n";
}
std::string gateway_class(std::string_view name, std::string_view controller) {
  return "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: " + std::string(name) +
         "}\nspec: {controllerName: " + std::string(controller) + "}\n";
}
std::vector<std::string> notices(const std::string& text) {
  const Folder folder;
  folder.write("a.yaml", text);
  const LoadResult result = load(folder.path(), api::Channel::kStandard);
  EXPECT_THAT(lines(result.errors), IsEmpty());
  return lines(result.notices, folder.path());
}

TEST(ForeignGateway, TheBuiltInClassNeedsNoFile) {
  EXPECT_THAT(notices(gateway("sluice")), IsEmpty());
}

TEST(ForeignGateway, AClassOfOurControllerIsOurs) {
  EXPECT_THAT(notices(gateway("edge") + gateway_class("edge", "sluice.dev/gateway-controller")), IsEmpty());
}

TEST(ForeignGateway, AGatewayOfAnotherControllerIsSkippedWithANotice) {
  EXPECT_THAT(
      notices(gateway("other") + gateway_class("other", "example.com/gateway")),
      ElementsAre(
          "a.yaml:1: Gateway default/edge: is skipped: GatewayClass other is of controller example.com/gateway"));
  EXPECT_THAT(
      notices(gateway("sluice") + gateway_class("sluice", "example.com/gateway")),
      ElementsAre(
          "a.yaml:1: Gateway default/edge: is skipped: GatewayClass sluice is of controller example.com/gateway"));
}

TEST(ForeignGateway, AGatewayWithoutItsClassIsSkippedWithANotice) {
  EXPECT_THAT(notices(gateway("other")),
              ElementsAre("a.yaml:1: Gateway default/edge: is skipped: GatewayClass other is not in the folder"));
}

}  // namespace
}  // namespace sluice::source
