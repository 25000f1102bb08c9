#include "controller/attach/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <set>

#include "sluice/vip_address.h"

namespace sluice::attach {
namespace {

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

class Plan {
 public:
  Plan(const api::ObjectRef& ref, const AttachOptions& options) : ref_(ref), options_(options) {}

  void name(std::size_t index, const api::GatewayAddress& wanted) {
    if (wanted.type != "IPAddress") {
      if (!unsupported_) {
        unsupported_ = Refusal{ref_, field_of(index) + ".type", ConditionReason::UnsupportedAddress,
                               wanted.type + "; only IPAddress is supported"};
      }
      miss(index, "type " + wanted.type + " is not supported");
    } else if (!wanted.routability.value_or("").empty()) {
      miss(index, "routability " + *wanted.routability + " is not supported");
    } else if (wanted.value.empty()) {
      unnamed_.push_back(index);
    } else if (const auto address = canonical_address(wanted.value); !address) {
      miss(index, wanted.value + " is not an IP address");
    } else if (const auto unfit = unfit_as_vip(*address); !unfit.empty()) {
      miss(index, wanted.value + " cannot be an address of a Gateway: " + std::string(unfit));
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
    return {{addresses_.begin(), addresses_.end()}, assigned(addresses_, unsatisfied_), std::move(unsupported_)};
  }

 private:
  void miss(std::size_t index, const std::string& why) {
    unsatisfied_ += (unsatisfied_.empty() ? "" : "; ") + field_of(index) + ": " + why;
  }

  const api::ObjectRef& ref_;
  const AttachOptions& options_;
  std::set<std::string> addresses_;
  std::vector<std::size_t> unnamed_;
  std::string unsatisfied_;
  std::optional<Refusal> unsupported_;
};

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

AddressPlan plan_addresses(const api::ObjectRef& ref, const api::GatewaySpec& gateway, const AttachOptions& options) {
  if (gateway.addresses.empty()) {
    const std::set<std::string> all(options.default_addresses.begin(), options.default_addresses.end());
    return {{all.begin(), all.end()}, assigned(all, ""), std::nullopt};
  }
  Plan plan(ref, options);
  for (std::size_t i = 0; i < gateway.addresses.size(); ++i) plan.name(i, gateway.addresses[i]);
  return std::move(plan).finish();
}

}  // namespace sluice::attach
