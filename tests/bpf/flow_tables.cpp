#include "tests/bpf/flow_tables.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <cstring>
#include <map>

namespace sluice::test {
namespace {

/// Of one family's structs: an address is a __be32 in IPv4 and four of them in IPv6.
template <class Bytes>
Endpoint endpoint_of(family kind, const Bytes& address, __be16 port) {
  Endpoint result{kind, {}, ntohs(port)};
  std::memcpy(result.ip.data(), &address, sizeof(address));
  return result;
}

template <class Key>
Tuple tuple_of(family kind, const Key& key) {
  return {endpoint_of(kind, key.source, key.source_port), endpoint_of(kind, key.destination, key.destination_port),
          key.protocol};
}

template <class Key, class Value>
FlowEntry entry_of(family kind, const Key& key, const Value& value) {
  return {tuple_of(kind, key),
          {endpoint_of(kind, value.source, value.head.source_port),
           endpoint_of(kind, value.destination, value.head.destination_port), key.protocol},
          value.head,
          value.tail};
}

template <class Key, class Value>
HalfEntry half_of(family kind, const Key& key, const Value& value) {
  return {tuple_of(kind, key),
          {endpoint_of(kind, value.client, value.head.client_port), endpoint_of(kind, value.vip, value.head.vip_port),
           key.protocol},
          value.head};
}

template <class Key, class Value, class Take>
void each(Build& build, const std::string& map, const Take& take) {
  Key key{};
  for (const Key* previous = nullptr; build.next_key(map, previous, &key); previous = &key) {
    Value value{};
    if (build.lookup(map, &key, &value)) take(key, value);
  }
}

template <class Key>
Key key_of(const Tuple& tuple) {
  Key key{};
  std::memcpy(&key.source, tuple.from.ip.data(), sizeof(key.source));
  std::memcpy(&key.destination, tuple.to.ip.data(), sizeof(key.destination));
  key.source_port = htons(tuple.from.port);
  key.destination_port = htons(tuple.to.port);
  key.protocol = tuple.protocol;
  return key;
}

/// Calls use(map, key) with the key as the table has it.
template <class Use>
auto with_half_key(const Tuple& tuple, const Use& use) {
  return tuple.from.kind == FAMILY_V4 ? use("half4", key_of<flow_key4>(tuple), half4{})
                                      : use("half6", key_of<flow_key6>(tuple), half6{});
}

Tuple turned_round(const Tuple& tuple) {
  return {tuple.to, tuple.from, tuple.protocol};
}

std::string text(const Endpoint& at) {
  char ip[INET6_ADDRSTRLEN];
  inet_ntop(at.kind == FAMILY_V4 ? AF_INET : AF_INET6, at.ip.data(), ip, sizeof(ip));
  return std::string(ip) + ":" + std::to_string(at.port);
}

std::string text(const Tuple& tuple) {
  return (tuple.protocol == IPPROTO_TCP ? "TCP " : "UDP ") + text(tuple.from) + " > " + text(tuple.to);
}

struct Findings {
  std::vector<std::string> lines;
  void unless(bool fine, const Tuple& tuple, const char* what) {
    if (!fine) lines.push_back(text(tuple) + ": " + what);
  }
};

void check_pair(const FlowEntry& entry, const FlowEntry& twin, Findings& found) {
  const auto both = entry.head.state & twin.head.state;
  const auto one = entry.head.state ^ twin.head.state;
  found.unless(entry.head.id && entry.head.id == twin.head.id, entry.key, "its entries have two ids");
  found.unless(twin.rewrite == turned_round(entry.key), entry.key, "its entries are not each other turned round");
  found.unless(both & FLOW_VALID, entry.key, "an entry is not complete");
  found.unless(one & FLOW_REPLY, entry.key, "both its entries are of one direction");
  found.unless(entry.head.service == twin.head.service, entry.key, "its entries have two services");
  found.unless(entry.tail.backend == twin.tail.backend, entry.key, "its entries have two backends");
}

}  // namespace

std::vector<FlowEntry> read_flows(Build& build, family kind) {
  std::vector<FlowEntry> entries;
  const auto take = [&](const auto& key, const auto& value) { entries.push_back(entry_of(kind, key, value)); };
  if (kind == FAMILY_V4)
    each<flow_key4, flow4>(build, "flows4", take);
  else
    each<flow_key6, flow6>(build, "flows6", take);
  return entries;
}

std::vector<HalfEntry> read_halves(Build& build, family kind) {
  std::vector<HalfEntry> entries;
  const auto take = [&](const auto& key, const auto& value) { entries.push_back(half_of(kind, key, value)); };
  if (kind == FAMILY_V4)
    each<flow_key4, half4>(build, "half4", take);
  else
    each<flow_key6, half6>(build, "half6", take);
  return entries;
}

std::optional<HalfEntry> find_half(Build& build, const Tuple& tuple) {
  return with_half_key(tuple, [&](const char* map, const auto& key, auto value) -> std::optional<HalfEntry> {
    if (!build.lookup(map, &key, &value)) return std::nullopt;
    return half_of(tuple.from.kind, key, value);
  });
}

void erase_half(Build& build, const Tuple& tuple) {
  with_half_key(tuple, [&](const char* map, const auto& key, const auto&) { build.erase(map, &key); });
}

void age_half(Build& build, const Tuple& tuple, std::uint32_t jiffies) {
  with_half_key(tuple, [&](const char* map, const auto& key, auto value) {
    if (!build.lookup(map, &key, &value)) std::abort();
    value.head.last -= jiffies;
    build.update(map, &key, &value);
  });
}

std::vector<std::string> inconsistencies(Build& build, family kind) {
  Findings found;
  std::map<std::string, FlowEntry> flows;
  std::map<std::string, Tuple> way;  // of a client's tuple: the backend's, which has the port
  for (const auto& entry : read_flows(build, kind)) flows.emplace(text(entry.key), entry);
  for (const auto& [name, entry] : flows) {
    const Tuple other = turned_round(entry.rewrite);
    const auto twin = flows.find(text(other));
    found.unless(twin != flows.end(), entry.key, "its other entry is missing");
    if (twin != flows.end()) check_pair(entry, twin->second, found);
    if (!(entry.head.state & FLOW_REPLY)) way.emplace(name, other);
  }
  for (const auto& half : read_halves(build, kind)) {
    const auto flow = flows.find(text(half.key));
    found.unless(flow == flows.end() || flow->second.head.id == half.head.id, half.key,
                 "a half-open entry of another flow is left on the port");
    const auto [known, fresh] = way.emplace(text(half.client), half.key);
    found.unless(fresh || known->second == half.key, half.client, "has two ports");
  }
  return found.lines;
}

}  // namespace sluice::test
