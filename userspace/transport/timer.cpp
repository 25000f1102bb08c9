#include "userspace/transport/timer.h"

#include <algorithm>
#include <bit>

namespace sluice::transport {
namespace {

void unlink(TimerLink& link) {
  link.previous->next = link.next;
  link.next->previous = link.previous;
  link.next = link.previous = &link;
}

void append(TimerLink& list, TimerLink& link) {
  link.previous = list.previous;
  link.next = &list;
  list.previous->next = &link;
  list.previous = &link;
}

// Moves all of `from` to the empty list `to`.
void take(TimerLink& from, TimerLink& to) {
  if (from.next == &from) return;
  to.next = from.next;
  to.previous = from.previous;
  to.next->previous = &to;
  to.previous->next = &to;
  from.next = from.previous = &from;
}

}  // namespace

void Timer::cancel() {
  unlink(*this);
}

void TimerWheel::arm(Timer& timer, std::chrono::milliseconds after) {
  unlink(timer);
  if (after.count() <= 0) return append(at_once_, timer);
  // The tick after the one in which it is due: late by less than one, never early.
  timer.tick_ = tick_of(now_ + after) + 1;
  const std::size_t slot = timer.tick_ % kSlots;
  append(slots_[slot], timer);
  occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void TimerWheel::advance(Clock::time_point now) {
  now_ = now;
  TimerLink list;
  take(at_once_, list);
  while (list.next != &list) {
    auto& timer = static_cast<Timer&>(*list.next);
    unlink(timer);
    timer.fire_(timer.self_);  // may destroy it
  }
  const std::uint64_t due = tick_of(now);
  if (due <= tick_) return;
  const std::uint64_t first = std::max(tick_ + 1, due >= kSlots ? due - kSlots + 1 : 0);
  tick_ = due;
  for (std::uint64_t tick = first; tick <= due; ++tick) fire_slot(tick % kSlots, due);
}

void TimerWheel::fire_slot(std::size_t slot, std::uint64_t due) {
  std::uint64_t& word = occupied_[slot / 64];
  const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
  if ((word & bit) == 0) return;
  word &= ~bit;
  TimerLink list;
  take(slots_[slot], list);
  while (list.next != &list) {
    auto& timer = static_cast<Timer&>(*list.next);
    unlink(timer);
    if (timer.tick_ <= due) {
      timer.fire_(timer.self_);  // may destroy it
    } else {
      append(slots_[slot], timer);
      word |= bit;
    }
  }
}

std::chrono::milliseconds TimerWheel::next() const {
  if (at_once_.next != &at_once_) return std::chrono::milliseconds{0};
  for (std::size_t ahead = 1; ahead <= kSlots;) {
    const std::size_t slot = (tick_ + ahead) % kSlots;
    const std::uint64_t word = occupied_[slot / 64] >> (slot % 64);
    if (word == 0) {
      ahead += 64 - slot % 64;
      continue;
    }
    ahead += static_cast<std::size_t>(std::countr_zero(word));
    if (ahead > kSlots) break;
    const auto at = start_ + static_cast<std::int64_t>(tick_ + ahead) * kTick;
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at - now_);
    return std::max(wait, std::chrono::milliseconds{0});
  }
  return std::chrono::milliseconds{-1};
}

}  // namespace sluice::transport
