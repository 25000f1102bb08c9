#include "controller/attach/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <set>

#include "sluice/vip_address.h"

namespace sluice::attach {
namespace {

constexpr std::string_view kIpAddress = "IPAddress";

std::string field_of(std::size_t index) {
  return "spec.addresses[" + std::to_string(index) + "]";
}

Condition assigned(const std::set<std::string>& addresses, const std::string& unsatisfied) {
  const ConditionType type = ConditionType::AddressesAssigned;
  if (!unsatisfied.empty()) {
    const auto reason = addresses.empty() ? ConditionReason::NotAssigned : ConditionReason::PartiallyAssigned;
    return {type, ConditionStatus::False, reason, unsatisfied};
  }
  if (addresses.empty()) {
    return {type, ConditionStatus::False, ConditionReason::NotAssigned,
            "spec.addresses is empty and there is no default address; name one here or by --address"};
  }
  return {type, ConditionStatus::True, ConditionReason::AddressesAssigned,
          std::to_string(addresses.size()) + (addresses.size() == 1 ? " address" : " addresses") + " assigned"};
}

/// The first entry of a type that is not ours.
std::optional<Refusal> unsupported(const api::ObjectRef& ref, const api::GatewaySpec& gateway) {
  const auto other =
      std::ranges::find_if(gateway.addresses, [](const auto& wanted) { return wanted.type != kIpAddress; });
  if (other == gateway.addresses.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(other - gateway.addresses.begin());
  return Refusal{ref, field_of(index) + ".type", ConditionReason::UnsupportedAddress,
                 other->type + "; only IPAddress is supported"};
}

class Plan {
 public:
  explicit Plan(const AttachOptions& options) : options_(options) {}

  void name(std::size_t index, const api::GatewayAddress& wanted) {
    const auto address = wanted_address(wanted);
    if (!address) {
      miss(index, address.error());
    } else if (address->empty()) {
      unnamed_.push_back(index);
    } else {
      addresses_.insert(*address);
    }
  }

  AddressPlan finish() && {
    for (const std::size_t index : unnamed_) {
      const auto free =
          std::ranges::find_if(options_.default_addresses, [&](const auto& a) { return !addresses_.contains(a); });
      if (free == options_.default_addresses.end()) {
        miss(index, "no default address is left; name one here or by --address");
      } else {
        addresses_.insert(*free);
      }
    }
    return {{addresses_.begin(), addresses_.end()}, assigned(addresses_, unsatisfied_), std::nullopt};
  }

 private:
  void miss(std::size_t index, const std::string& why) {
    unsatisfied_ += (unsatisfied_.empty() ? "" : "; ") + field_of(index) + ": " + why;
  }

  const AttachOptions& options_;
  std::set<std::string> addresses_;
  std::vector<std::size_t> unnamed_;
  std::string unsatisfied_;
};

AddressPlan granted(const api::ObjectRef& ref, const api::GatewaySpec& gateway, const Grants& grants) {
  const auto grant = grants.find({ref.namespace_, ref.name});
  if (grant == grants.end()) return {{}, assigned({}, "no address has been assigned yet"), std::nullopt};
  std::string unsatisfied;
  for (const auto& [index, why] : grant->second.missing) {
    const std::string field = gateway.addresses.empty() ? "spec.addresses is empty" : field_of(index);
    if (!unsatisfied.empty()) unsatisfied += "; ";
    unsatisfied.append(field).append(": ").append(why);
  }
  const auto& addresses = grant->second.addresses;
  return {addresses, assigned({addresses.begin(), addresses.end()}, unsatisfied), std::nullopt};
}

AddressPlan by_default(const api::GatewaySpec& gateway, const AttachOptions& options) {
  if (gateway.addresses.empty()) {
    const std::set<std::string> all(options.default_addresses.begin(), options.default_addresses.end());
    return {{all.begin(), all.end()}, assigned(all, ""), std::nullopt};
  }
  Plan plan(options);
  for (std::size_t i = 0; i < gateway.addresses.size(); ++i) plan.name(i, gateway.addresses[i]);
  return std::move(plan).finish();
}

}  // namespace

std::optional<std::string> canonical_address(const std::string& text) {
  for (const int family : {AF_INET, AF_INET6}) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    if (inet_pton(family, text.c_str(), bytes.data()) != 1) continue;
    std::array<char, INET6_ADDRSTRLEN> out{};
    return std::string(inet_ntop(family, bytes.data(), out.data(), out.size()));
  }
  return std::nullopt;
}

std::expected<std::string, std::string> wanted_address(const api::GatewayAddress& wanted) {
  if (wanted.type != kIpAddress) return std::unexpected("type " + wanted.type + " is not supported");
  if (!wanted.routability.value_or("").empty()) {
    return std::unexpected("routability " + *wanted.routability + " is not supported");
  }
  if (wanted.value.empty()) return "";
  auto address = canonical_address(wanted.value);
  if (!address) return std::unexpected(wanted.value + " is not an IP address");
  if (const auto unfit = unfit_as_vip(*address); !unfit.empty()) {
    return std::unexpected(wanted.value + " cannot be an address of a Gateway: " + std::string(unfit));
  }
  return *std::move(address);
}

AddressPlan plan_addresses(const api::ObjectRef& ref, const api::GatewaySpec& gateway, const AttachOptions& options) {
  AddressPlan plan = options.grants ? granted(ref, gateway, *options.grants) : by_default(gateway, options);
  plan.unsupported = unsupported(ref, gateway);
  return plan;
}

}  // namespace sluice::attach
