// A TCP connection under io_uring.
#pragma once

#include <deque>

#include "userspace/transport/pending_write.h"
#include "userspace/transport/uring_loop.h"

namespace sluice::transport {

class UringStream final : public UringSource, public Stream {
 public:
  UringStream(UringLoop& loop, int fd);
  UringStream(UringLoop& loop, const Address& address, std::chrono::milliseconds timeout);
  ~UringStream() override;

  WriteResult write(std::span<const iovec> parts) override;
  void resume() override;
  void pause() override;
  void shutdown() override;
  void abort() override;
  [[nodiscard]] bool is_quiet() const override;
  [[nodiscard]] const Address& local() const override;
  [[nodiscard]] const Address& peer() const override;

  void on_complete(UringOp op, int result, std::uint32_t flags, bool more) override;
  void on_later() override;

 protected:
  void release() override;

 private:
  enum class State : std::uint8_t { kConnecting, kOpen, kDead };

  void on_connect_timeout();
  void connected(int result);
  void received(int result, std::uint32_t flags, bool more);
  void sent(int result);
  void deliver();
  void arm_receive();
  void watch_for_reset();
  void on_reset();
  void send_rest();
  void broke(int error);  ///< what can still be read comes first
  void fail(int error);

  UringLoop& loop_;
  int fd_;
  State state_ = State::kOpen;
  bool paused_ = true;
  bool receiving_ = false;   ///< a recv is armed
  bool one_by_one_ = false;  ///< more has come than was taken: a recv is for one buffer, until one empties the socket
  bool cancelling_ = false;  ///< it has been told to end
  bool watching_ = false;    ///< a poll for errors is armed
  bool fin_ = false;         ///< nothing more can be received
  bool ended_ = false;       ///< FIN was, and is reported
  bool writing_ = false;
  bool sending_ = false;  ///< an operation refers to the writer's memory
  bool shutdown_after_write_ = false;
  int error_ = 0;           ///< nothing can be written any more; to be reported when nothing more can be read
  std::deque<Slice> held_;  ///< what came while paused
  PendingWrite pending_;
  Timer connect_timer_ = Timer::bind<&UringStream::on_connect_timeout>(this);
  mutable Address local_;
  mutable Address peer_;
};

}  // namespace sluice::transport
