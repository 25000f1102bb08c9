#include "controller/lease/node_lease.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <random>

namespace sluice::lease {
namespace {

constexpr std::string_view kVips = "sluice.dev/vips";
constexpr std::string_view kSources = "sluice.dev/sources";

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ",") + text;
  return out;
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

std::vector<std::string> addresses_in(const std::map<std::string, std::string>& annotations, std::string_view name) {
  std::vector<std::string> out;
  const auto found = annotations.find(std::string(name));
  if (found == annotations.end()) return out;
  std::string_view rest = found->second;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string text(rest.substr(0, comma));
    if (is_address(text)) out.push_back(std::move(text));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

std::string new_identity() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::random_device random;
  std::array<char, 2 * sizeof(std::uint32_t) + 1> part{};
  std::snprintf(part.data(), part.size(), "%08x", std::uint32_t{random()});
  return boot + "_" + std::to_string(getpid()) + "_" + part.data();
}

std::map<std::string, std::string> to_annotations(const Holdings& holdings) {
  return {{std::string(kVips), joined(holdings.vips)}, {std::string(kSources), joined(holdings.sources)}};
}

Holdings holdings_of(const std::map<std::string, std::string>& annotations) {
  return {addresses_in(annotations, kVips), addresses_in(annotations, kSources)};
}

LeaseOptions node_lease_options(std::string namespace_, const std::string& node, std::string identity) {
  return {.namespace_ = std::move(namespace_),
          .name = std::string(kNodeLeasePrefix) + node,
          .identity = std::move(identity),
          .terms = kNodeTerms,
          .is_contended = false,
          .labels = {{std::string(kNodeLeaseLabel), std::string(kNodeLeaseLabelValue)}},
          .annotations = to_annotations({})};
}

std::optional<std::string> node_of(std::string_view lease_name) {
  if (!lease_name.starts_with(kNodeLeasePrefix) || lease_name == kNodeLeasePrefix) return std::nullopt;
  return std::string(lease_name.substr(kNodeLeasePrefix.size()));
}

}  // namespace sluice::lease
