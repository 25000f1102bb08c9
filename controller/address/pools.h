// AddressPools, and what of them has been given out in one assignment.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/address/range.h"
#include "controller/api/address_pool.h"

namespace sluice::address {

class Pool {
 public:
  /// older  what older pools have.
  Pool(std::shared_ptr<const api::AddressPool> object, const std::vector<Range>& older);

  [[nodiscard]] const std::string& name() const { return object_->metadata.name; }
  [[nodiscard]] const api::AddressPoolSpec& spec() const { return object_->spec; }
  [[nodiscard]] const std::vector<Range>& ranges() const { return ranges_; }
  [[nodiscard]] bool holds(const Ip& ip) const;
  [[nodiscard]] bool has_family(bool is_v6) const;
  [[nodiscard]] bool takes_gateways() const { return spec().usage != "NodeSources"; }
  [[nodiscard]] bool takes_nodes() const { return spec().usage != "Gateways" && spec().auto_assign; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// The lowest or highest address of the family that is not taken; nullopt: all are. What is taken stays so: each
  /// search goes on where the last one ended.
  std::optional<Ip> lowest(bool is_v6, const auto& is_taken);
  std::optional<Ip> highest(bool is_v6, const auto& is_taken);

 private:
  std::shared_ptr<const api::AddressPool> object_;
  std::vector<Range> ranges_;  ///< merged, without what an older pool has
  std::string problem_;
  std::array<std::optional<Ip>, 2> low_, high_;  ///< by family: where the next search begins
};

std::optional<Ip> Pool::lowest(bool is_v6, const auto& is_taken) {
  auto& from = low_[is_v6 ? 1 : 0];
  for (const Range& range : ranges_) {
    if (range.first.is_v6 != is_v6 || (from && range.last < *from)) continue;
    for (Ip ip = from ? std::max(*from, range.first) : range.first;; ip = next(ip)) {
      from = ip;
      if (!is_taken(ip)) return ip;
      if (ip == range.last) break;
    }
  }
  return std::nullopt;
}

std::optional<Ip> Pool::highest(bool is_v6, const auto& is_taken) {
  auto& from = high_[is_v6 ? 1 : 0];
  for (auto range = ranges_.rbegin(); range != ranges_.rend(); ++range) {
    if (range->first.is_v6 != is_v6 || (from && *from < range->first)) continue;
    for (Ip ip = from ? std::min(*from, range->last) : range->last;; ip = previous(ip)) {
      from = ip;
      if (!is_taken(ip)) return ip;
      if (ip == range->first) break;
    }
  }
  return std::nullopt;
}

/// The oldest first; an address that several have is the oldest's.
std::vector<Pool> pools_of(std::vector<std::shared_ptr<const api::AddressPool>> objects);

}  // namespace sluice::address
