#include "userspace/l4/ring_pool.h"

#include <iterator>

namespace sluice::l4 {

RingPool::RingPool(std::uint32_t slots) : capacity_(slots), free_slots_(slots) {
  if (slots > 0) free_[0] = slots;
}

std::uint32_t RingPool::used() const {
  return capacity_ - free_slots_;
}

std::optional<std::uint32_t> RingPool::allocate(std::uint32_t slots, Clock::time_point now) {
  wake(now);
  for (auto region = free_.begin(); region != free_.end(); ++region) {
    if (region->second < slots) continue;
    const std::uint32_t offset = region->first;
    const std::uint32_t rest = region->second - slots;
    free_.erase(region);
    if (rest > 0) free_[offset + slots] = rest;
    free_slots_ -= slots;
    return offset;
  }
  return std::nullopt;
}

bool RingPool::reserve(std::uint32_t offset, std::uint32_t slots) {
  auto region = free_.upper_bound(offset);
  if (region == free_.begin()) return false;
  region = std::prev(region);
  const std::uint64_t end = std::uint64_t{region->first} + region->second;
  if (std::uint64_t{offset} + slots > end) return false;
  const std::uint32_t before = offset - region->first;
  const auto after = static_cast<std::uint32_t>(end - offset - slots);
  if (before > 0) {
    region->second = before;
  } else {
    free_.erase(region);
  }
  if (after > 0) free_[offset + slots] = after;
  free_slots_ -= slots;
  return true;
}

void RingPool::free(std::uint32_t offset, std::uint32_t slots, Clock::time_point now) {
  resting_.push_back({now + kRest, offset, slots});
}

void RingPool::wake(Clock::time_point now) {
  while (!resting_.empty() && resting_.front().until <= now) {
    insert(resting_.front().offset, resting_.front().slots);
    resting_.pop_front();
  }
}

void RingPool::insert(std::uint32_t offset, std::uint32_t slots) {
  auto [region, fresh] = free_.emplace(offset, slots);
  if (!fresh) return;
  free_slots_ += slots;
  if (const auto next = std::next(region); next != free_.end() && offset + slots == next->first) {
    region->second += next->second;
    free_.erase(next);
  }
  if (region == free_.begin()) return;
  if (const auto before = std::prev(region); before->first + before->second == offset) {
    before->second += region->second;
    free_.erase(region);
  }
}

}  // namespace sluice::l4
