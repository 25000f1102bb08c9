// A TCP connection under epoll.
#pragma once

#include "userspace/transport/epoll_loop.h"
#include "userspace/transport/pending_write.h"

namespace sluice::transport {

class EpollStream final : public EpollSource, public Stream {
 public:
  EpollStream(EpollLoop& loop, int fd);
  EpollStream(EpollLoop& loop, const Address& address, std::chrono::milliseconds timeout);
  ~EpollStream() override;

  WriteResult write(std::span<const iovec> parts) override;
  void resume() override;
  void pause() override;
  void shutdown() override;
  void abort() override;
  [[nodiscard]] bool is_quiet() const override;
  [[nodiscard]] const Address& local() const override;
  [[nodiscard]] const Address& peer() const override;

  void on_events(std::uint32_t events) override;

 protected:
  void release() override;

 private:
  enum class State : std::uint8_t { kConnecting, kOpen, kDead };

  void finish_connect(std::uint32_t events);
  void on_connect_timeout() { fail(ETIMEDOUT); }
  void read();
  bool read_once();       ///< false: nothing more for now
  bool flush();           ///< true: nothing pending
  void broke(int error);  ///< what can still be read comes first
  void fail(int error);

  EpollLoop& loop_;
  int fd_;
  State state_ = State::kOpen;
  bool paused_ = true;
  bool readable_ = true;  ///< until EAGAIN says otherwise
  bool ended_ = false;    ///< FIN received, and reported
  bool hangup_ = false;   ///< FIN or RST is there, maybe behind data
  bool shutdown_after_write_ = false;
  bool broken_ = false;  ///< EPOLLERR came; recv finds the error behind the data, if no send has taken it
  int error_ = 0;        ///< nothing can be written any more; to be reported when nothing more can be read
  PendingWrite pending_;
  bool writing_ = false;
  Timer connect_timer_ = Timer::bind<&EpollStream::on_connect_timeout>(this);
  mutable Address local_;
  mutable Address peer_;
};

}  // namespace sluice::transport
