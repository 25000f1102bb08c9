// Receive buffers of one ring: lent to the kernel, which picks one for each piece of data, and by it to slices.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "userspace/transport/buffer_pool.h"

namespace sluice::transport {

class UringBuffers final : public BufferPool {
 public:
  static constexpr std::uint16_t kGroup = 0;
  static constexpr unsigned kEntries = 256;  ///< in the kernel's hands at most

  explicit UringBuffers(io_uring& ring) : ring_(ring) {}
  ~UringBuffers();
  UringBuffers(const UringBuffers&) = delete;
  UringBuffers& operator=(const UringBuffers&) = delete;

  /// 0, or an errno.
  int start();

  /// The buffer that a completion names (IORING_CQE_F_BUFFER), once; not lent (references 0) until a slice of it is
  /// made. Hand unused ones to recycle().
  Buffer& take(std::uint32_t completion_flags);
  void recycle(Buffer& buffer) override;

  /// The kernel has run out: slices hold all. Gives it more, as long as ids last; what paused streams may hold bounds
  /// it.
  void grow();

  /// So many are lent that nobody should be given more than it takes.
  [[nodiscard]] bool scarce() const { return all_.size() - given_ - spare_.size() > kMost / 16; }

 private:
  static constexpr unsigned kGrowth = 64;
  static constexpr std::size_t kMost = 1U << 16;

  void give(Buffer& buffer);

  struct Owned {
    Buffer buffer;
    std::unique_ptr<char[]> bytes;
  };
  io_uring& ring_;
  io_uring_buf_ring* shared_ = nullptr;  ///< page-aligned; read by the kernel
  unsigned given_ = 0;                   ///< upper bound of what the kernel holds
  std::vector<std::unique_ptr<Owned>> all_;
  std::vector<Buffer*> spare_;  ///< more than the ring takes
};

}  // namespace sluice::transport
