#include "userspace/agent/refusals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;

/// frontend/NAME -> l4/NAME -> backend/NAME -> endpoints/NAME, for a and b.
class NodeRefusals : public testing::Test {
 protected:
  NodeRefusals() {
    model::v1::Delta delta;
    delta.set_generation(1);
    for (const std::string name : {"a", "b"}) {
      auto& frontend = *delta.add_changed();
      frontend.set_name("frontend/" + name);
      frontend.mutable_frontend()->set_l4("l4/" + name);
      auto& table = *delta.add_changed();
      table.set_name("l4/" + name);
      table.mutable_l4()->add_backends()->set_backend("backend/" + name);
      auto& backend = *delta.add_changed();
      backend.set_name("backend/" + name);
      backend.mutable_backend()->set_endpoints("endpoints/" + name);
      auto& endpoints = *delta.add_changed();
      endpoints.set_name("endpoints/" + name);
      endpoints.mutable_endpoints();
    }
    EXPECT_TRUE(store_.apply(delta));
  }

  model::Store store_;
  Refusals refusals_;
};

TEST_F(NodeRefusals, NameTheFrontendsThatReachWhatWasRefused) {
  refusals_.update(store_, {"endpoints/a"}, {{"endpoints/a", "too many"}});
  EXPECT_THAT(refusals_.all(),
              ElementsAre(Pair("endpoints/a", "too many"), Pair("frontend/a", "endpoints/a: too many")));
}

TEST_F(NodeRefusals, StayWhileOtherFrontendsChange) {
  refusals_.update(store_, {"l4/a"}, {{"l4/a", "no room"}});
  refusals_.update(store_, {"endpoints/b"}, {});
  EXPECT_THAT(refusals_.all(), ElementsAre(Key("frontend/a"), Key("l4/a")));
}

TEST_F(NodeRefusals, EndWhenAChangeBelowTheSameFrontendIsCarriedOut) {
  refusals_.update(store_, {"l4/a"}, {{"l4/a", "too many endpoints"}});
  refusals_.update(store_, {"endpoints/a"}, {});
  EXPECT_THAT(refusals_.all(), IsEmpty());
}

TEST_F(NodeRefusals, EndWithTheResource) {
  refusals_.update(store_, {"l4/a"}, {{"l4/a", "no room"}});
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  for (const std::string kind : {"frontend", "l4", "backend", "endpoints"}) delta.add_removed(kind + "/a");
  ASSERT_TRUE(store_.apply(delta));
  refusals_.update(store_, {"frontend/a", "l4/a", "backend/a", "endpoints/a"}, {});
  EXPECT_THAT(refusals_.all(), IsEmpty());
}

TEST_F(NodeRefusals, ToldAsAWholeStandUntilTheyAreToldAnew) {
  refusals_.replace(store_, {{"frontend/a", "no route"}});
  refusals_.update(store_, {"endpoints/a"}, {});
  EXPECT_THAT(refusals_.all(), ElementsAre(Pair("frontend/a", "no route")));
  refusals_.replace(store_, {});
  EXPECT_THAT(refusals_.all(), IsEmpty());
}

TEST_F(NodeRefusals, OfTwoDataPlanesStandBesideEachOther) {
  refusals_.update(store_, {"l4/a"}, {{"l4/a", "no room"}});
  refusals_.replace(store_, {{"frontend/b", "no route"}});
  EXPECT_THAT(refusals_.all(), ElementsAre(Key("frontend/a"), Key("frontend/b"), Key("l4/a")));
  refusals_.replace(store_, {});
  EXPECT_THAT(refusals_.all(), ElementsAre(Key("frontend/a"), Key("l4/a")));
}

}  // namespace
}  // namespace sluice::agent
