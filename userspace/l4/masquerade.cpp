#include "userspace/l4/masquerade.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include <fstream>

namespace sluice::l4 {
namespace {

constexpr int kNewRule = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWRULE;
constexpr int kGetRule = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETRULE;

bool rewrites(const NetlinkAttributes& expression) {
  const auto name = expression.text(NFTA_EXPR_NAME);
  if (name == "masq") return true;
  const auto data = expression.nest(NFTA_EXPR_DATA);
  if (name == "nat") {
    const auto kind = data.number(NFTA_NAT_TYPE);
    return kind && ntohl(*kind) == NFT_NAT_SNAT;
  }
  if (name != "target") return false;
  const auto target = data.text(NFTA_TARGET_NAME);
  return target == "MASQUERADE" || target == "SNAT";
}

std::optional<std::string> find_in_nftables() {
  auto netlink = Netlink::open(NETLINK_NETFILTER);
  if (!netlink) return std::nullopt;
  const nfgenmsg all{NFPROTO_UNSPEC, NFNETLINK_V0, 0};
  std::optional<std::string> found;
  // What cannot be asked is not there: without nf_tables nothing of it runs.
  (void)netlink->query(NetlinkRequest(kGetRule, NLM_F_DUMP, all), [&](const NetlinkMessage& message) {
    if (found || message.type != kNewRule) return;
    const auto rule = message.attributes<nfgenmsg>();
    if (rewrites_source(rule)) found = "nftables table " + rule.text(NFTA_RULE_TABLE);
  });
  return found;
}

std::optional<std::string> find_in_legacy() {
  for (const auto* file : {"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"}) {
    std::ifstream names(file);
    for (std::string name; names >> name;) {
      if (name == "nat") return "iptables-legacy table nat";
    }
  }
  return std::nullopt;
}

}  // namespace

bool rewrites_source(const NetlinkAttributes& rule) {
  bool found = false;
  rule.nest(NFTA_RULE_EXPRESSIONS).each([&](int type, std::span<const std::byte> expression) {
    if (type == NFTA_LIST_ELEM) found = found || rewrites(NetlinkAttributes(expression));
  });
  return found;
}

std::optional<std::string> find_masquerade() {
  auto found = find_in_nftables();
  return found ? found : find_in_legacy();
}

}  // namespace sluice::l4
