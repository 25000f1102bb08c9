// Accepting and watching under io_uring.
#pragma once

#include "userspace/transport/uring_loop.h"

namespace sluice::transport {

class UringAcceptor final : public UringSource, public Handle {
 public:
  UringAcceptor(UringLoop& loop, int fd, AcceptHandler& handler);
  void on_complete(UringOp op, int result, std::uint32_t flags, bool more) override;

 protected:
  void release() override;

 private:
  void arm();

  static constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
  UringLoop& loop_;
  int fd_;
  AcceptHandler& handler_;
  Timer again_ = Timer::bind<&UringAcceptor::arm>(this);
};

class UringWatch final : public UringSource, public Handle {
 public:
  UringWatch(UringLoop& loop, int fd, WatchHandler& handler);
  void on_complete(UringOp op, int result, std::uint32_t flags, bool more) override;

 protected:
  void release() override;

 private:
  void arm();

  UringLoop& loop_;
  int fd_;
  WatchHandler& handler_;
  std::uint64_t armed_in_ = 0;  ///< turn
};

}  // namespace sluice::transport
