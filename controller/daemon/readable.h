// A descriptor of somebody else's, and what to do each time that it is readable.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

namespace sluice::daemon {

class Readable {
 public:
  Readable(boost::asio::io_context& context, int fd, std::function<void()> act)
      : descriptor_(context, fd), act_(std::move(act)) {
    wait();
  }
  ~Readable() { descriptor_.release(); }
  Readable(const Readable&) = delete;
  Readable& operator=(const Readable&) = delete;

 private:
  void wait() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code ended) {
      if (ended) return;
      act_();
      wait();
    });
  }

  boost::asio::posix::stream_descriptor descriptor_;
  std::function<void()> act_;
};

}  // namespace sluice::daemon
