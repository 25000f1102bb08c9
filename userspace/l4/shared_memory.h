// Stores into memory that BPF programs read at the same time.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include "sluice/bpf/service.h"
#include "sluice/bpf/types.h"
#include "userspace/l4/address.h"

namespace sluice::l4 {

/// A whole, aligned store, visible after all that was stored before it.
template <class Integer>
void publish(Integer& place, Integer value) {
  std::atomic_ref<Integer>(place).store(value, std::memory_order_release);
}

/// A whole read of what another thread may publish.
template <class Integer>
Integer published(Integer& place) {
  return std::atomic_ref<Integer>(place).load(std::memory_order_acquire);
}

/// The two words of a reference are one store: no reader sees a half of it.
inline void publish(ring_ref& place, const ring_ref& value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  std::atomic_ref<std::uint64_t>(*reinterpret_cast<std::uint64_t*>(&place)).store(bits, std::memory_order_release);
}

inline addr as_addr(const Address& address) {
  addr value;
  std::memcpy(&value, address.mapped().data(), sizeof(value));
  return value;
}

inline Address from_addr(const addr& value) {
  return *Address::from_bytes(std::as_bytes(std::span(&value, 1)));
}

}  // namespace sluice::l4
