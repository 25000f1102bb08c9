// Octets of a body that wait for their reader, in order. What is small is copied together: a slice of a few octets
// would keep a whole receive buffer lent.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "userspace/transport/slice.h"

namespace sluice::l7 {

class BodyQueue {
 public:
  BodyQueue() = default;
  ~BodyQueue() { clear(); }
  BodyQueue(const BodyQueue&) = delete;
  BodyQueue& operator=(const BodyQueue&) = delete;

  void add(transport::Slice data);
  void add_copy(std::string_view data);

  /// The first octets, at least one and at most `most`; less where they do not lie together. The queue is not empty.
  transport::Slice take(std::size_t most);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  void clear();

 private:
  std::vector<transport::Slice> slices_;
  std::size_t first_ = 0;  ///< slices before it have been taken
  std::size_t size_ = 0;
  transport::Slice room_;  ///< of the buffer of our own that the last slice ends in: what is free behind that
};

}  // namespace sluice::l7
