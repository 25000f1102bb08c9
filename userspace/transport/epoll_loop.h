// The epoll back end: edge-triggered, reads and writes tried at once.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "userspace/transport/buffer_pool.h"
#include "userspace/transport/loop.h"

namespace sluice::transport {

std::expected<std::unique_ptr<Loop>, std::string> make_epoll_loop();

/// Something that epoll reports on. Retired, not deleted: events of the same turn may still point to it.
class EpollSource {
 public:
  virtual ~EpollSource() = default;
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  friend class EpollLoop;
  bool retired_ = false;
  bool queued_ = false;  ///< in the loop's ready list
};

class EpollLoop final : public Loop {
 public:
  explicit EpollLoop(int epoll_fd);
  ~EpollLoop() override;

  HandlePtr accept(int fd, AcceptHandler& handler) override;
  StreamPtr adopt(int fd) override;
  StreamPtr connect(const Address& address, StreamHandler& handler, std::chrono::milliseconds timeout) override;
  HandlePtr watch(int fd, WatchHandler& handler) override;
  [[nodiscard]] IoBackend backend() const override { return IoBackend::kEpoll; }

  // For its sources.
  void add(int fd, EpollSource& source, std::uint32_t events);
  void remove(int fd);
  void retire(EpollSource& source);  ///< no more events; deleted at the turn's end
  void later(EpollSource& source);   ///< on_events(0) within this turn or, without waiting, the next
  HeapBuffers& buffers() { return buffers_; }

 protected:
  void turn(std::chrono::milliseconds timeout) override;

 private:
  void dispatch(EpollSource& source, std::uint32_t events);

  int epoll_fd_;
  HeapBuffers buffers_;
  std::array<epoll_event, 256> events_;
  std::vector<EpollSource*> ready_;
  std::vector<EpollSource*> ready_now_;
  std::vector<EpollSource*> retired_;
};

}  // namespace sluice::transport
