#include "userspace/agent/default_addresses.h"

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::agent {

DefaultAddresses::DefaultAddresses(std::vector<std::string> held) : current_(std::move(held)) {
  std::ranges::sort(current_);
}

bool DefaultAddresses::update(const std::vector<std::string>& held, Clock::time_point now) {
  std::set<std::string> next(held.begin(), held.end());
  for (const auto& address : next) gone_.erase(address);
  for (const auto& address : current_) {
    if (next.contains(address)) continue;
    const auto since = gone_.try_emplace(address, now).first;
    if (now - since->second < kGrace) {
      next.insert(address);
    } else {
      gone_.erase(since);
    }
  }
  return std::exchange(current_, {next.begin(), next.end()}) != current_;
}

std::optional<DefaultAddresses::Clock::time_point> DefaultAddresses::due() const {
  if (gone_.empty()) return std::nullopt;
  return std::ranges::min_element(gone_, {}, [](const auto& entry) { return entry.second; })->second + kGrace;
}

}  // namespace sluice::agent
