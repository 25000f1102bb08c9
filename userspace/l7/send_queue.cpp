#include "userspace/l7/send_queue.h"

#include <array>
#include <utility>

namespace sluice::l7 {

void SendQueue::Batch::close_text() {
  if (cut == text.size()) return;
  parts.push_back({.slice = {}, .begin = cut, .end = text.size()});
  cut = text.size();
}

void SendQueue::Batch::clear() {
  constexpr std::size_t kKeep = 8192;
  if (text.capacity() > kKeep) text = {};
  text.clear();
  parts.clear();
  cut = slice_size = 0;
}

void SendQueue::add(transport::Slice data) {
  if (data.empty()) return;
  if (data.size() < kCopyBelow) {
    filling_.text.append(data.view());
    return;
  }
  filling_.close_text();
  filling_.slice_size += data.size();
  filling_.parts.push_back({.slice = std::move(data)});
}

bool SendQueue::flush(transport::Stream& stream) {
  if (writing_) return false;
  while (filling_.size() != 0) {
    std::swap(filling_, flying_);
    if (!flying_.parts.empty()) flying_.close_text();
    next_part_ = 0;
    if (!write_next(stream)) return false;
  }
  return true;
}

// true: the batch is sent.
bool SendQueue::write_next(transport::Stream& stream) {
  std::array<iovec, transport::Stream::kMaxParts> vectors;
  do {
    std::size_t count = 0;
    if (flying_.parts.empty()) {
      vectors[count++] = {flying_.text.data(), flying_.text.size()};
    }
    for (; next_part_ < flying_.parts.size() && count < vectors.size(); ++next_part_) {
      const Part& part = flying_.parts[next_part_];
      vectors[count++] = part.slice.empty() ? iovec{flying_.text.data() + part.begin, part.end - part.begin}
                                            : iovec{const_cast<char*>(part.slice.data()), part.slice.size()};
    }
    if (stream.write({vectors.data(), count}) == transport::WriteResult::kPending) {
      writing_ = true;
      return false;
    }
  } while (next_part_ < flying_.parts.size());
  flying_.clear();
  return true;
}

bool SendQueue::on_written(transport::Stream& stream) {
  writing_ = false;
  if (next_part_ < flying_.parts.size()) {
    if (!write_next(stream)) return false;
  } else {
    flying_.clear();
  }
  return flush(stream);
}

void SendQueue::clear() {
  filling_.clear();
  flying_.clear();
  next_part_ = 0;
  writing_ = false;
}

}  // namespace sluice::l7
