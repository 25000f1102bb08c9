#include "userspace/l4/masquerade.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include <functional>

namespace sluice::l4 {
namespace {

using Fill = std::function<void(NetlinkRequest&)>;

struct Expression {
  const char* name;
  Fill data = [](NetlinkRequest&) {};
};

/// Whether a rule of these expressions rewrites sources.
bool judged(std::initializer_list<Expression> expressions) {
  NetlinkRequest rule(NFT_MSG_NEWRULE, 0, nfgenmsg{});
  rule.add(NFTA_RULE_TABLE, "nat").begin(NFTA_RULE_EXPRESSIONS);
  for (const auto& [name, data] : expressions) {
    rule.begin(NFTA_LIST_ELEM).add(NFTA_EXPR_NAME, name).begin(NFTA_EXPR_DATA);
    data(rule);
    rule.end().end();
  }
  rule.end();
  return rewrites_source(NetlinkMessage{0, rule.bytes(0).subspan(NLMSG_HDRLEN)}.attributes<nfgenmsg>());
}

Expression nat(nft_nat_types kind) {
  return {"nat", [kind](NetlinkRequest& rule) { rule.add_number_be(NFTA_NAT_TYPE, kind); }};
}

Expression iptables(const char* target) {
  return {"target", [target](NetlinkRequest& rule) { rule.add(NFTA_TARGET_NAME, target); }};
}

TEST(Masquerade, IsSeenWhereverItStandsInARule) {
  EXPECT_TRUE(judged({{"masq"}}));
  EXPECT_TRUE(judged({{"payload"}, {"cmp"}, {"masq"}}));
}

TEST(Masquerade, ARewriteOfTheSourceIsOneAndOneOfTheDestinationIsNot) {
  EXPECT_TRUE(judged({nat(NFT_NAT_SNAT)}));
  EXPECT_FALSE(judged({nat(NFT_NAT_DNAT)}));
}

TEST(Masquerade, IptablesOnNftablesNamesItsTargets) {
  EXPECT_TRUE(judged({{"match"}, {"counter"}, iptables("MASQUERADE")}));
  EXPECT_TRUE(judged({iptables("SNAT")}));
  EXPECT_FALSE(judged({iptables("DNAT")}));
  EXPECT_FALSE(judged({iptables("MARK")}));
}

TEST(Masquerade, RulesThatOnlyFilterAreNone) {
  EXPECT_FALSE(judged({}));
  EXPECT_FALSE(judged({{"payload"}, {"cmp"}, {"notrack"}}));
}

}  // namespace
}  // namespace sluice::l4
