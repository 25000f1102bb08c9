#include "controller/daemon/presence.h"

#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using namespace std::chrono_literals;

const Presence::Time kStart{std::chrono::hours(1)};

TEST(Presence, WhoNeverCameIsAbsentThirtySecondsAfterTheBeginning) {
  Presence presence;
  presence.lead(kStart);
  EXPECT_EQ(presence.absent_from("a"), kStart + 30s);
  presence.heard({"a"}, kStart + 1s);
  EXPECT_FALSE(presence.absent_from("a"));
  EXPECT_EQ(presence.absent_from("b"), kStart + 30s);
}

TEST(Presence, WhoseStreamIsDownIsAbsentTenSecondsLater) {
  Presence presence;
  presence.lead(kStart);
  presence.heard({"a", "b"}, kStart + 1s);
  presence.heard({"b"}, kStart + 100s);
  presence.heard({}, kStart + 105s);
  EXPECT_EQ(presence.absent_from("a"), kStart + 110s);
  EXPECT_EQ(presence.absent_from("b"), kStart + 115s);
  presence.heard({"a"}, kStart + 106s);
  EXPECT_FALSE(presence.absent_from("a"));
  presence.heard({}, kStart + 200s);
  EXPECT_EQ(presence.absent_from("a"), kStart + 210s) << "counted anew";
}

TEST(Presence, SoonAfterTheBeginningALossIsNotHeldAgainstANode) {
  Presence presence;
  presence.lead(kStart);
  presence.heard({"a"}, kStart + 1s);
  presence.heard({}, kStart + 6s);
  EXPECT_EQ(presence.absent_from("a"), kStart + 30s);
  presence.lead(kStart + 100s);
  EXPECT_EQ(presence.absent_from("a"), kStart + 130s) << "of an earlier lead nothing is known";
}

}  // namespace
}  // namespace sluice::daemon
