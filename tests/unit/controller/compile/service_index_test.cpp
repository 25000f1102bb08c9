#include "controller/compile/service_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::compile {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const api::NamespacedName kWeb{"shop", "web"};
const api::NamespacedName kDb{"shop", "db"};
const api::NamespacedName kMember{"shop", "member"};

std::shared_ptr<api::EndpointSlice> slice_of(const std::string& service) {
  auto slice = std::make_shared<api::EndpointSlice>();
  slice->metadata.labels[std::string(api::EndpointSlice::kServiceLabel)] = service;
  return slice;
}

TEST(ServiceIndex, ASliceThatMovesTouchesTheServiceThatItLeavesAndTheOneThatItComesTo) {
  api::ObjectSet objects;
  objects.endpoint_slices[kMember] = slice_of("web");
  ServiceIndex index;
  index.build(objects);
  EXPECT_THAT(index.slices_of(kWeb), ElementsAre(kMember));
  objects.endpoint_slices[kMember] = slice_of("db");
  EXPECT_THAT(index.update_slice(objects, kMember), ElementsAre(kDb, kWeb));
  EXPECT_THAT(index.slices_of(kWeb), IsEmpty());
  EXPECT_THAT(index.slices_of(kDb), ElementsAre(kMember));
}

TEST(ServiceIndex, AChangeOfContentAloneTouchesItsService) {
  api::ObjectSet objects;
  objects.endpoint_slices[kMember] = slice_of("web");
  ServiceIndex index;
  index.build(objects);
  EXPECT_THAT(index.update_slice(objects, kMember), ElementsAre(kWeb));
}

TEST(ServiceIndex, ASliceThatIsGoneOrNamesNoServiceBelongsToNone) {
  api::ObjectSet objects;
  objects.endpoint_slices[kMember] = slice_of("web");
  ServiceIndex index;
  index.build(objects);
  objects.endpoint_slices[kMember] = std::make_shared<api::EndpointSlice>();
  EXPECT_THAT(index.update_slice(objects, kMember), ElementsAre(kWeb));
  EXPECT_THAT(index.slices_of(kWeb), IsEmpty());
  objects.endpoint_slices.clear();
  EXPECT_THAT(index.update_slice(objects, kMember), IsEmpty());
}

TEST(ServiceIndex, APolicyBelongsToEachServiceOfItsNamespaceThatItTargets) {
  api::ObjectSet objects;
  auto policy = std::make_shared<api::BackendTlsPolicy>();
  policy->spec.target_refs = {{.kind = "Service", .name = "web"},
                              {.kind = "Service", .name = "db"},
                              {.group = "example.com", .kind = "Service", .name = "other"}};
  objects.backend_tls_policies[kMember] = policy;
  ServiceIndex index;
  EXPECT_THAT(index.update_policy(objects, kMember), ElementsAre(kDb, kWeb));
  EXPECT_THAT(index.policies_of(kDb), ElementsAre(kMember));
  EXPECT_THAT(index.policies_of({"shop", "other"}), IsEmpty());
}

}  // namespace
}  // namespace sluice::compile
