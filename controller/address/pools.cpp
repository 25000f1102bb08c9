#include "controller/address/pools.h"

#include <algorithm>

#include "controller/attach/age.h"

namespace sluice::address {

Pool::Pool(std::shared_ptr<const api::AddressPool> object, const std::vector<Range>& older)
    : object_(std::move(object)) {
  std::vector<Range> all;
  for (std::size_t i = 0; i < spec().addresses.size(); ++i) {
    const auto range = parse_range(spec().addresses[i]);
    if (range) {
      all.push_back(*range);
    } else {
      problem_ += (problem_.empty() ? "" : "; ") + ("spec.addresses[" + std::to_string(i) + "]: ") + range.error();
    }
  }
  all = merged(std::move(all));
  ranges_ = without(all, older);
  if (ranges_ != all) {
    problem_ += (problem_.empty() ? "" : "; ") + std::string("addresses that an older AddressPool has are its alone");
  }
}

bool Pool::holds(const Ip& ip) const {
  const auto after = std::ranges::upper_bound(ranges_, ip, {}, &Range::first);
  return after != ranges_.begin() && std::prev(after)->holds(ip);
}

bool Pool::has_family(bool is_v6) const {
  return std::ranges::any_of(ranges_, [&](const Range& range) { return range.first.is_v6 == is_v6; });
}

std::vector<Pool> pools_of(std::vector<std::shared_ptr<const api::AddressPool>> objects) {
  std::ranges::sort(objects, {}, [](const auto& object) { return attach::age_of(object->metadata); });
  std::vector<Pool> out;
  std::vector<Range> older;
  for (auto& object : objects) {
    out.emplace_back(std::move(object), older);
    older.insert(older.end(), out.back().ranges().begin(), out.back().ranges().end());
    older = merged(std::move(older));
  }
  return out;
}

}  // namespace sluice::address
