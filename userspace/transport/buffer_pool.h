// Receive buffers of one loop, from the heap and reused; the last one given back is the next one lent, while it is hot.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "userspace/transport/slice.h"

namespace sluice::transport {

/// One TLS record, or what a busy connection has for one turn.
inline constexpr std::size_t kBufferSize = 16 * 1024;

class HeapBuffers final : public BufferPool {
 public:
  HeapBuffers() = default;
  HeapBuffers(const HeapBuffers&) = delete;
  HeapBuffers& operator=(const HeapBuffers&) = delete;

  /// kBufferSize bytes; not lent (references 0) until a slice of it is made. Hand unused ones to recycle().
  Buffer& take();
  void recycle(Buffer& buffer) override;

  [[nodiscard]] std::size_t lent() const { return all_.size() - free_.size(); }

 private:
  struct Owned {
    Buffer buffer;
    std::unique_ptr<char[]> bytes;
  };
  std::vector<std::unique_ptr<Owned>> all_;
  std::vector<Buffer*> free_;
};

}  // namespace sluice::transport
