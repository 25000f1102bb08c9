// Which addresses a node of a cluster answers for, as other hosts on its links claim them.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/unit/userspace/l4/datapath_rig.h"

namespace sluice::l4 {
namespace {

using testing::ElementsAre;
using VipsTest = DatapathRig;

TEST_F(VipsTest, AnAddressThatAnotherHostOnItsLinkClaimsIsGivenUp) {
  hold();
  ASSERT_TRUE(holds(kVip));
  claim(kVip);
  EXPECT_TRUE(until([&] { return !holds(kVip); }));
  EXPECT_TRUE(holds(kOtherVip));
}

TEST_F(VipsTest, AnAddressIsHeldWhileLinksChange) {
  hold();
  ASSERT_EQ(std::system("ip link add extra type veth peer name peer-extra"), 0);
  for (int polls = 0; polls < 4; ++polls) {
    datapath->poll();
    EXPECT_TRUE(holds(kVip)) << "the Lease would say that nobody has it";
  }
}

TEST_F(VipsTest, TheHostsOwnAddressesAreThoseThatABackendCanHave) {
  ASSERT_EQ(std::system("ip address add 169.254.7.7/32 dev pods"), 0);
  hold();
  const auto own = datapath->own_addresses();
  EXPECT_TRUE(own.contains("203.0.113.1") && own.contains("10.244.0.1"));
  EXPECT_FALSE(own.contains("169.254.7.7"));
}

TEST_F(VipsTest, AClaimOnAnotherLinkSuchAsAPodsIsNobodys) {
  hold();
  claim(kVip, "pods");
  claim(kOtherVip);  // heard after it
  ASSERT_TRUE(until([&] { return !holds(kOtherVip); }));
  EXPECT_TRUE(holds(kVip));
}

TEST_F(VipsTest, AClaimIsToldAndCountedAndOneThatGoesOnIsToldOnce) {
  hold();
  datapath->set_current(true);
  std::vector<std::string> told;
  datapath->on_rival([&](const RivalClaim& claim) {
    told.push_back(claim.address + " " + claim.mac + " " + claim.device + (claim.is_given_up ? " given up" : ""));
  });
  const auto counted = [&](const std::string& sample) {
    return until([&] { return datapath->metrics().find(sample) != std::string::npos; });
  };
  claim(kVip);
  ASSERT_TRUE(counted("sluice_l4_address_claims_total{answer=\"contested\"} 1"));
  claim(kVip);
  ASSERT_TRUE(counted("sluice_l4_address_claims_total{answer=\"contested\"} 2"));
  EXPECT_TRUE(holds(kVip));
  const auto claimed = kVip + std::string(" ") + kRivalMac + " wan";
  EXPECT_THAT(told, ElementsAre(claimed));
  datapath->set_current(false);
  claim(kVip);
  ASSERT_TRUE(counted("sluice_l4_address_claims_total{answer=\"given_up\"} 1"));
  EXPECT_THAT(told, ElementsAre(claimed, claimed + " given up"));
}

TEST_F(VipsTest, WhatASavedModelGivesToANodeIsNotItsOwnAfterABootUntilTheModelIsCurrent) {
  hold();
  forget();
  start();
  apply();
  EXPECT_FALSE(holds(kVip)) << "another node may have it by now";
  vip(kOtherVip, "one");
  apply({std::string("vip/") + kOtherVip});
  EXPECT_TRUE(holds(kOtherVip)) << "given by a transaction";
  EXPECT_FALSE(holds(kVip));
  datapath->set_current(true);
  EXPECT_TRUE(holds(kVip));
}

TEST_F(VipsTest, ANodeWhoseLeaseIsNotRenewedAnswersForWhatTheControllerGivesItAllTheSame) {
  hold();
  forget();
  start();
  apply();
  ASSERT_FALSE(holds(kVip));
  datapath->set_known(true);
  EXPECT_TRUE(holds(kVip));
  claim(kVip);
  EXPECT_TRUE(until([&] { return !holds(kVip); })) << "it does not defend it";
}

TEST_F(VipsTest, AfterABootWithoutTheControllerItListensForAWhileAndThenAnswers) {
  hold();
  forget();
  start();
  apply();
  claim(kOtherVip);
  EXPECT_TRUE(until([&] { return holds(kVip); }));
  EXPECT_FALSE(holds(kOtherVip)) << "another host has it";
}

TEST_F(VipsTest, WhoCannotHearOtherHostsDoesNotTakeSilenceForAnAnswer) {
  hold();
  forget();
  start_deaf();
  apply();
  work(std::chrono::milliseconds(1'200));  // longer than it would listen
  EXPECT_FALSE(holds(kVip));
  datapath->set_known(true);
  EXPECT_TRUE(holds(kVip));
}

TEST_F(VipsTest, ANodeThatWasGoneForLongerThanItsLeaseAnswersForNothingBeforeItKnows) {
  hold();
  lease_runs_out();
  const auto before = attended();
  start();
  datapath->set_lease(3600);
  datapath->attend();
  datapath->lease_renewed();
  work(std::chrono::milliseconds(600));
  EXPECT_EQ(attended(), before) << "its VIPs are still set up, so it is the kernel that must not answer";
  apply();
  EXPECT_NE(attended(), before);
  EXPECT_FALSE(holds(kVip));
  datapath->set_current(true);
  EXPECT_TRUE(holds(kVip)) << "the model is current, and gives it to this node";
}

TEST_F(VipsTest, WithoutAnybodyWhoKnowsItListensForAWhileAndThenAnswersHoweverOftenItIsStarted) {
  hold();
  lease_runs_out();
  for (int starts = 0; starts < 2; ++starts) {
    start();
    datapath->set_lease(3600);  // however long the test is kept waiting
    apply();
    EXPECT_FALSE(holds(kVip));
    if (starts == 0) kill();
  }
  claim(kOtherVip);
  EXPECT_TRUE(until([&] { return holds(kVip); }));
  EXPECT_FALSE(holds(kOtherVip)) << "another host has it";
}

TEST_F(VipsTest, AProcessThatWasStoppedForLongerThanItsLeaseListensBeforeItAnswersAgain) {
  hold();
  datapath->set_lease(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
  const auto before = attended();
  datapath->lease_renewed();
  EXPECT_EQ(attended(), before) << "a renewal alone brings nothing back";
  datapath->poll();
  EXPECT_FALSE(holds(kVip));
  EXPECT_NE(attended(), before);
  datapath->set_lease(3600);
  EXPECT_TRUE(until([&] { return holds(kVip); }));
}

TEST_F(VipsTest, ARenewalOfItsLeaseKeepsABusyNodeAnswering) {
  hold();
  datapath->set_lease(3600);
  const auto before = attended();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // several jiffies
  std::thread([this] { datapath->lease_renewed(); }).join();
  EXPECT_NE(attended(), before);
}

TEST_F(VipsTest, StandAloneEveryAddressIsItsOwnWhateverAModelOfAClusterSays) {
  hold();
  forget();
  start(false);
  vip(kOtherVip, "two");
  apply();
  EXPECT_TRUE(holds(kVip));
  EXPECT_TRUE(holds(kOtherVip));
}

TEST_F(VipsTest, ANodeThatIsStartedAgainHasWhatIsStillSetUp) {
  hold();
  datapath->set_lease(3600);
  kill();
  start();
  apply();
  EXPECT_TRUE(holds(kVip));
}

}  // namespace
}  // namespace sluice::l4
