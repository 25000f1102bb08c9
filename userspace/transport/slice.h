// Received bytes: a reference-counted view into a buffer of the loop that received them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::transport {

class BufferPool;

/// One receive buffer. Its bytes follow it in memory.
struct Buffer {
  BufferPool* pool;
  std::uint32_t references;
  std::uint32_t id;  ///< the pool's own
  char* bytes;
};

/// Gives buffers back to whoever lent them (a free list, or the kernel's provided-buffer ring). One thread.
class BufferPool {
 public:
  virtual void recycle(Buffer& buffer) = 0;

 protected:
  ~BufferPool() = default;
};

/// Keeps its buffer lent until the last slice of it is gone; hold one only as long as its bytes are needed. Copying
/// counts, slicing does not copy. Not for other threads than the loop's; must not outlive the loop.
class Slice {
 public:
  Slice() = default;
  Slice(Buffer& buffer, std::string_view view) : buffer_(&buffer), view_(view) { ++buffer.references; }
  Slice(const Slice& other) : buffer_(other.buffer_), view_(other.view_) {
    if (buffer_ != nullptr) ++buffer_->references;
  }
  Slice(Slice&& other) noexcept
      : buffer_(std::exchange(other.buffer_, nullptr)), view_(std::exchange(other.view_, {})) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(view_, other.view_);
    return *this;
  }
  ~Slice() { reset(); }

  void reset() {
    if (buffer_ != nullptr && --buffer_->references == 0) buffer_->pool->recycle(*buffer_);
    buffer_ = nullptr;
    view_ = {};
  }

  [[nodiscard]] std::string_view view() const { return view_; }
  [[nodiscard]] const char* data() const { return view_.data(); }
  [[nodiscard]] std::size_t size() const { return view_.size(); }
  [[nodiscard]] bool empty() const { return view_.empty(); }

  void remove_prefix(std::size_t n) { view_.remove_prefix(n); }

  /// A part of the same buffer; counts as a slice of its own.
  [[nodiscard]] Slice part(std::size_t offset, std::size_t size = std::string_view::npos) const {
    Slice copy(*this);
    copy.view_ = view_.substr(offset, size);
    return copy;
  }

  /// Takes `next` in where it lies right behind, in the same buffer. false: it does not.
  bool grow_by(const Slice& next) {
    if (buffer_ == nullptr || next.buffer_ != buffer_ || view_.data() + view_.size() != next.view_.data()) return false;
    view_ = {view_.data(), view_.size() + next.view_.size()};
    return true;
  }

 private:
  Buffer* buffer_ = nullptr;
  std::string_view view_;
};

}  // namespace sluice::transport
