// One direction of a relayed connection: the kernel moves the bytes from socket to pipe to socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "userspace/passthrough/pipe_pool.h"

namespace sluice::passthrough {

/// A socket of the two, and what is known of its readiness (edge-triggered: true until EAGAIN).
struct SpliceEnd {
  int fd = -1;
  bool readable = true;
  bool writable = true;
};

class Splice {
 public:
  enum class Result : std::uint8_t {
    kWaiting,  ///< for readiness of one of the ends
    kYielded,  ///< there is more; it is the others' turn
    kDone,     ///< FIN passed on
    kBroken,   ///< RST or another error of either end
    kNoPipe,
  };

  explicit Splice(PipePool& pipes) : pipes_(pipes) {}
  ~Splice();
  Splice(const Splice&) = delete;
  Splice& operator=(const Splice&) = delete;

  Result move(SpliceEnd& from, SpliceEnd& to);

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::uint64_t moved() const { return moved_; }  ///< bytes that `to` has taken

 private:
  enum class Step : std::uint8_t { kMoved, kBlocked, kBroken };
  Step fill(SpliceEnd& from);
  Step empty(SpliceEnd& to);

  PipePool& pipes_;
  std::optional<Pipe> pipe_;
  std::size_t held_ = 0;  ///< bytes in the pipe
  std::uint64_t moved_ = 0;
  bool ended_ = false;  ///< FIN received
  bool done_ = false;
};

}  // namespace sluice::passthrough
