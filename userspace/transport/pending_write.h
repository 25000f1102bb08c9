// What is left of one gathering write: parts sent whole drop out, the first one left may have begun.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <span>

#include "userspace/transport/stream.h"

namespace sluice::transport {

class PendingWrite {
 public:
  /// Copies the iovecs, not the bytes.
  void start(std::span<const iovec> parts) {
    first_ = count_ = 0;
    for (const iovec& part : parts) {
      if (part.iov_len != 0) parts_[count_++] = part;
    }
  }

  [[nodiscard]] bool done() const { return first_ == count_; }
  [[nodiscard]] std::span<const iovec> rest() const { return std::span(parts_).subspan(first_, count_ - first_); }

  void sent(std::size_t bytes) {
    while (first_ < count_ && bytes >= parts_[first_].iov_len) bytes -= parts_[first_++].iov_len;
    if (bytes == 0) return;
    parts_[first_].iov_base = static_cast<char*>(parts_[first_].iov_base) + bytes;
    parts_[first_].iov_len -= bytes;
  }

  /// For sendmsg; valid until start() or sent().
  msghdr& message() {
    message_ = {};
    message_.msg_iov = parts_.data() + first_;
    message_.msg_iovlen = count_ - first_;
    return message_;
  }

 private:
  std::array<iovec, Stream::kMaxParts> parts_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  msghdr message_{};
};

}  // namespace sluice::transport
