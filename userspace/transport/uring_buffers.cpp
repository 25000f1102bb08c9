#include "userspace/transport/uring_buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

namespace sluice::transport {
namespace {

constexpr std::size_t kRingBytes = UringBuffers::kEntries * sizeof(io_uring_buf);

}  // namespace

UringBuffers::~UringBuffers() {
  if (shared_ != nullptr) ::munmap(shared_, kRingBytes);
}

int UringBuffers::start() {
  void* const memory = ::mmap(nullptr, kRingBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  shared_ = static_cast<io_uring_buf_ring*>(memory);
  io_uring_buf_ring_init(shared_);
  io_uring_buf_reg where{};
  where.ring_addr = reinterpret_cast<std::uintptr_t>(shared_);
  where.ring_entries = kEntries;
  where.bgid = kGroup;
  if (const int result = io_uring_register_buf_ring(&ring_, &where, 0); result != 0) return -result;
  while (given_ < kEntries) grow();
  return 0;
}

void UringBuffers::grow() {
  for (unsigned i = 0; i < kGrowth && all_.size() < kMost; ++i) {
    auto owned = std::make_unique<Owned>();
    owned->bytes = std::make_unique_for_overwrite<char[]>(kBufferSize);
    owned->buffer = {
        .pool = this, .references = 0, .id = static_cast<std::uint32_t>(all_.size()), .bytes = owned->bytes.get()};
    all_.push_back(std::move(owned));
    recycle(all_.back()->buffer);
  }
}

Buffer& UringBuffers::take(std::uint32_t completion_flags) {
  --given_;
  if (!spare_.empty()) {
    give(*spare_.back());
    spare_.pop_back();
  }
  return all_[completion_flags >> IORING_CQE_BUFFER_SHIFT]->buffer;
}

void UringBuffers::recycle(Buffer& buffer) {
  if (given_ < kEntries)
    give(buffer);
  else
    spare_.push_back(&buffer);
}

void UringBuffers::give(Buffer& buffer) {
  io_uring_buf_ring_add(shared_, buffer.bytes, kBufferSize, static_cast<std::uint16_t>(buffer.id), kEntries - 1, 0);
  io_uring_buf_ring_advance(shared_, 1);
  ++given_;
}

}  // namespace sluice::transport
