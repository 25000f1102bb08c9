#include "controller/source/change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class T>
std::shared_ptr<const T> some() {
  return std::make_shared<const T>();
}

TEST(ChangedObjects, AreThoseThatWereAddedReplacedOrRemovedSorted) {
  api::ObjectSet before;
  before.config_maps[{"a", "same"}] = some<api::ConfigMap>();
  before.config_maps[{"a", "gone"}] = some<api::ConfigMap>();
  before.services[{"z", "replaced"}] = some<api::Service>();
  before.gateway_classes[{"", "gone"}] = some<api::GatewayClass>();
  api::ObjectSet after;
  after.config_maps[{"a", "same"}] = before.config_maps[{"a", "same"}];
  after.config_maps[{"b", "new"}] = some<api::ConfigMap>();
  after.services[{"z", "replaced"}] = some<api::Service>();

  EXPECT_THAT(changed_objects(before, after),
              ElementsAre(api::ObjectRef{"ConfigMap", "a", "gone"}, api::ObjectRef{"ConfigMap", "b", "new"},
                          api::ObjectRef{"GatewayClass", "", "gone"}, api::ObjectRef{"Service", "z", "replaced"}));
  EXPECT_THAT(changed_objects(after, after), IsEmpty());
}

}  // namespace
}  // namespace sluice::source
