// What waits to be sent on one stream: composed octets (heads, the framing of chunks) and slices of bodies, in order.
// All that gathers between two flushes leaves in one write.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "userspace/transport/stream.h"

namespace sluice::l7 {

class SendQueue {
 public:
  /// A producer pauses above it. It bounds what one slow reader can hold, with a receive buffer on top.
  static constexpr std::size_t kHighWater = 64UL * 1024;

  /// Small data is copied: a slice of a few octets would keep a whole receive buffer lent.
  static constexpr std::size_t kCopyBelow = 2048;

  /// Composed octets are appended here.
  std::string& text() { return filling_.text; }
  void add(transport::Slice data);

  /// Sends what is there. true: nothing is left; false: a write is pending, on_written() follows.
  bool flush(transport::Stream& stream);

  /// The stream's on_written. true: nothing is left.
  bool on_written(transport::Stream& stream);

  [[nodiscard]] bool idle() const { return !writing_ && filling_.size() == 0; }
  [[nodiscard]] bool writing() const { return writing_; }
  [[nodiscard]] bool congested() const { return filling_.size() + (writing_ ? flying_.size() : 0) > kHighWater; }

  /// Forgets all; the stream has no write pending or is gone. Gives memory back that only a large head needed.
  void clear();

 private:
  /// A slice, or where it is empty a range of the text.
  struct Part {
    transport::Slice slice;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  struct Batch {
    std::string text;
    std::vector<Part> parts;
    std::size_t cut = 0;         ///< text before it belongs to parts
    std::size_t slice_size = 0;  ///< of all slices
    [[nodiscard]] std::size_t size() const { return text.size() + slice_size; }
    void close_text();
    void clear();
  };

  bool write_next(transport::Stream& stream);

  Batch filling_;
  Batch flying_;
  std::size_t next_part_ = 0;
  bool writing_ = false;
};

}  // namespace sluice::l7
