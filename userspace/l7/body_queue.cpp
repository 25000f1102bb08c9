#include "userspace/l7/body_queue.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "userspace/l7/send_queue.h"

namespace sluice::l7 {
namespace {

constexpr std::size_t kOwnBuffer = 8192;

struct OwnBuffer : transport::Buffer {
  std::unique_ptr<char[]> memory;
};

class OwnBuffers final : public transport::BufferPool {
 public:
  void recycle(transport::Buffer& buffer) override { delete static_cast<OwnBuffer*>(&buffer); }
};

// Stateless: whichever thread's.
transport::Slice make_buffer() {
  static OwnBuffers pool;
  auto* made = new OwnBuffer;
  made->memory = std::make_unique_for_overwrite<char[]>(kOwnBuffer);
  made->pool = &pool;
  made->references = 0;
  made->id = 0;
  made->bytes = made->memory.get();
  return {*made, {made->bytes, kOwnBuffer}};
}

}  // namespace

void BodyQueue::add(transport::Slice data) {
  if (data.empty()) return;
  if (data.size() < SendQueue::kCopyBelow) return add_copy(data.view());
  room_.reset();
  size_ += data.size();
  slices_.push_back(std::move(data));
}

void BodyQueue::add_copy(std::string_view data) {
  size_ += data.size();
  while (!data.empty()) {
    const bool fresh = room_.empty();
    if (fresh) room_ = make_buffer();
    const std::size_t taken = std::min(data.size(), room_.size());
    std::memcpy(const_cast<char*>(room_.data()), data.data(), taken);
    transport::Slice filled = room_.part(0, taken);
    room_.remove_prefix(taken);
    data.remove_prefix(taken);
    if (fresh || first_ == slices_.size() || !slices_.back().grow_by(filled)) slices_.push_back(std::move(filled));
  }
}

transport::Slice BodyQueue::take(std::size_t most) {
  transport::Slice& front = slices_[first_];
  const std::size_t taken = std::min(most, front.size());
  size_ -= taken;
  if (taken < front.size()) {
    transport::Slice part = front.part(0, taken);
    front.remove_prefix(taken);
    return part;
  }
  transport::Slice whole = std::move(front);
  if (++first_ == slices_.size()) {
    slices_.clear();
    first_ = 0;
    room_.reset();
  } else if (first_ >= 64 && 2 * first_ >= slices_.size()) {
    slices_.erase(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return whole;
}

void BodyQueue::clear() {
  slices_.clear();
  room_.reset();
  first_ = size_ = 0;
}

}  // namespace sluice::l7
