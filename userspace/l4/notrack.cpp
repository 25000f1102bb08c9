#include "userspace/l4/notrack.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "userspace/l4/netlink.h"

namespace sluice::l4 {
namespace {

constexpr const char* kChain = "untracked";

std::string table_name(const std::string& instance) {
  return "sluice-" + instance;
}

nfgenmsg head(int family, int resource = 0) {
  return {static_cast<std::uint8_t>(family), NFNETLINK_V0, htons(static_cast<std::uint16_t>(resource))};
}

int type(int message) {
  return (NFNL_SUBSYS_NFTABLES << 8) | message;
}

NetlinkRequest batch(int message) {
  return {message, 0, head(AF_UNSPEC, NFNL_SUBSYS_NFTABLES)};
}

NetlinkRequest table(int message, int flags, const std::string& name) {
  NetlinkRequest request(type(message), flags | NLM_F_ACK, head(NFPROTO_INET));
  request.add(NFTA_TABLE_NAME, name);
  return request;
}

NetlinkRequest chain(const std::string& name) {
  NetlinkRequest request(type(NFT_MSG_NEWCHAIN), NLM_F_CREATE | NLM_F_ACK, head(NFPROTO_INET));
  request.add(NFTA_CHAIN_TABLE, name).add(NFTA_CHAIN_NAME, kChain);
  request.begin(NFTA_CHAIN_HOOK)
      .add_number_be(NFTA_HOOK_HOOKNUM, NF_INET_PRE_ROUTING)
      .add_number_be(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(NF_IP_PRI_RAW))
      .end();
  request.add(NFTA_CHAIN_TYPE, "filter");
  return request;
}

void compare(NetlinkRequest& request, std::span<const std::uint8_t> value) {
  request.begin(NFTA_LIST_ELEM).add(NFTA_EXPR_NAME, "cmp").begin(NFTA_EXPR_DATA);
  request.add_number_be(NFTA_CMP_SREG, NFT_REG_1).add_number_be(NFTA_CMP_OP, NFT_CMP_EQ);
  request.begin(NFTA_CMP_DATA).add(NFTA_DATA_VALUE, value).end().end().end();
}

/// meta nfproto F; ip(6) daddr A; notrack
NetlinkRequest rule(const std::string& name, const Address& address) {
  NetlinkRequest request(type(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, head(NFPROTO_INET));
  request.add(NFTA_RULE_TABLE, name).add(NFTA_RULE_CHAIN, kChain).begin(NFTA_RULE_EXPRESSIONS);

  request.begin(NFTA_LIST_ELEM).add(NFTA_EXPR_NAME, "meta").begin(NFTA_EXPR_DATA);
  request.add_number_be(NFTA_META_DREG, NFT_REG_1).add_number_be(NFTA_META_KEY, NFT_META_NFPROTO).end().end();
  const std::uint8_t family = address.is_v4() ? NFPROTO_IPV4 : NFPROTO_IPV6;
  compare(request, std::span(&family, 1));

  request.begin(NFTA_LIST_ELEM).add(NFTA_EXPR_NAME, "payload").begin(NFTA_EXPR_DATA);
  request.add_number_be(NFTA_PAYLOAD_DREG, NFT_REG_1).add_number_be(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
  request.add_number_be(NFTA_PAYLOAD_OFFSET, address.is_v4() ? 16 : 24);
  request.add_number_be(NFTA_PAYLOAD_LEN, static_cast<std::uint32_t>(address.wire().size())).end().end();
  compare(request, address.wire());

  request.begin(NFTA_LIST_ELEM).add(NFTA_EXPR_NAME, "notrack").end();
  request.end();
  return request;
}

std::expected<void, int> commit(Netlink& netlink, std::vector<NetlinkRequest> changes) {
  const int acknowledgements = static_cast<int>(changes.size());
  changes.insert(changes.begin(), batch(NFNL_MSG_BATCH_BEGIN));
  changes.push_back(batch(NFNL_MSG_BATCH_END));
  return netlink.change_all(changes, acknowledgements);
}

std::unexpected<std::string> failed(int code) {
  return std::unexpected("netfilter refuses the notrack rule: " + std::string(std::strerror(code)) +
                         "; nf_tables (inet) and nft_ct must be in the kernel, and CAP_NET_ADMIN held");
}

}  // namespace

std::expected<void, std::string> set_notrack(const std::string& instance, std::span<const Address> addresses) {
  auto netlink = Netlink::open(NETLINK_NETFILTER);
  if (!netlink) return std::unexpected(netlink.error());
  const std::string name = table_name(instance);
  // Added and deleted first, so that the deletion cannot fail: the old rules go, whatever they were.
  std::vector<NetlinkRequest> changes{table(NFT_MSG_NEWTABLE, NLM_F_CREATE, name), table(NFT_MSG_DELTABLE, 0, name),
                                      table(NFT_MSG_NEWTABLE, NLM_F_CREATE, name), chain(name)};
  for (const auto& address : addresses) changes.push_back(rule(name, address));
  if (auto done = commit(*netlink, std::move(changes)); !done) return failed(done.error());
  return {};
}

std::expected<void, std::string> check_notrack(const std::string& instance, std::size_t rules) {
  auto netlink = Netlink::open(NETLINK_NETFILTER);
  if (!netlink) return std::unexpected(netlink.error());
  NetlinkRequest request(type(NFT_MSG_GETRULE), NLM_F_DUMP, head(NFPROTO_INET));
  request.add(NFTA_RULE_TABLE, table_name(instance)).add(NFTA_RULE_CHAIN, kChain);
  std::size_t seen = 0;
  const auto asked = netlink->query(std::move(request), [&](const NetlinkMessage& message) {
    if (message.type == type(NFT_MSG_NEWRULE)) ++seen;
  });
  if (asked && seen == rules) return {};
  return std::unexpected("table inet " + table_name(instance) + " has " + std::to_string(seen) + " of " +
                         std::to_string(rules) + " notrack rules: replies of pods are lost; restart sluiced");
}

std::expected<void, std::string> remove_notrack(const std::string& instance) {
  auto netlink = Netlink::open(NETLINK_NETFILTER);
  if (!netlink) return std::unexpected(netlink.error());
  auto done = commit(*netlink, {table(NFT_MSG_DELTABLE, 0, table_name(instance))});
  if (done || done.error() == ENOENT) return {};
  return failed(done.error());
}

}  // namespace sluice::l4
