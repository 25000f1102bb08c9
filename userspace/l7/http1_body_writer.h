// A body in the framing in which it goes out (RFC 9112 6, 7.1).
#pragma once

#include <cstring>
#include <string_view>

#include "userspace/l7/http1_body.h"
#include "userspace/l7/http1_compose.h"
#include "userspace/l7/send_queue.h"

namespace sluice::l7 {

inline void append_body(SendQueue& queue, BodyKind framing, transport::Slice data) {
  if (data.empty()) return;
  if (framing != BodyKind::kChunked) return queue.add(std::move(data));
  append_chunk_size(data.size(), queue.text());
  queue.add(std::move(data));
  queue.text().append("\r\n");
}

/// trailers: field lines with their CRLF; left out where the framing has no place for them.
inline void append_body_end(SendQueue& queue, BodyKind framing, std::string_view trailers) {
  if (framing == BodyKind::kChunked) queue.text().append("0\r\n").append(trailers).append("\r\n");
}

/// What one buffer holds of a body, made one run: the framing between chunks is closed up in place, so that a buffer
/// full of small chunks is one part of a write, not thousands.
class BodyRun final : public BodySink {
 public:
  void on_body(std::string_view data) override {
    if (begin_ == nullptr) {
      begin_ = const_cast<char*>(data.data());
    } else {
      std::memmove(begin_ + size_, data.data(), data.size());  // backwards, over octets that have been read
    }
    size_ += data.size();
  }

  /// The run as a part of `whole`, the slice whose octets were fed.
  [[nodiscard]] transport::Slice of(const transport::Slice& whole) const {
    return size_ == 0 ? transport::Slice() : whole.part(static_cast<std::size_t>(begin_ - whole.data()), size_);
  }

 private:
  char* begin_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sluice::l7
