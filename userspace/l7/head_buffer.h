// Where a head stays, whole and unmoved, from its first octet until its exchange ends. A receive buffer is given back
// at once: a request that waits for a slow backend holds as much memory as its head is long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice::l7 {

class HeadBuffer {
 public:
  /// Takes a part of `bytes` (at least one octet) and returns its size. Most heads are taken whole by the first call,
  /// and little of a body behind it is copied.
  std::size_t append(std::string_view bytes) {
    const std::size_t taken = std::min(bytes.size(), kStep);
    moved_ = size_ + taken > capacity_;
    if (moved_) grow(size_ + taken);
    std::memcpy(bytes_.get() + size_, bytes.data(), taken);
    size_ += taken;
    return taken;
  }

  /// The last append moved what was there: views into it are gone.
  [[nodiscard]] bool moved() const { return moved_; }
  [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  void clear() {
    size_ = 0;
    if (capacity_ <= kKeep) return;
    bytes_.reset();
    capacity_ = 0;
  }

 private:
  static constexpr std::size_t kStep = 1024;
  static constexpr std::size_t kKeep = 4096;

  void grow(std::size_t needed) {
    std::size_t capacity = std::max(capacity_, kStep);
    while (capacity < needed) capacity *= 2;
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool moved_ = false;
};

}  // namespace sluice::l7
