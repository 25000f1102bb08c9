#include "userspace/transport/buffer_pool.h"

namespace sluice::transport {

Buffer& HeapBuffers::take() {
  if (free_.empty()) {
    auto owned = std::make_unique<Owned>();
    owned->bytes = std::make_unique_for_overwrite<char[]>(kBufferSize);
    owned->buffer = {
        .pool = this, .references = 0, .id = static_cast<std::uint32_t>(all_.size()), .bytes = owned->bytes.get()};
    all_.push_back(std::move(owned));
    free_.reserve(all_.size());
    return all_.back()->buffer;
  }
  Buffer& buffer = *free_.back();
  free_.pop_back();
  return buffer;
}

void HeapBuffers::recycle(Buffer& buffer) {
  free_.push_back(&buffer);
}

}  // namespace sluice::transport
