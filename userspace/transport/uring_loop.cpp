#include "userspace/transport/uring_loop.h"

namespace sluice::transport {

std::expected<std::unique_ptr<Loop>, std::string> make_uring_loop() {
  return std::unexpected("io_uring: not built in");
}

std::expected<void, std::string> probe_uring() {
  return std::unexpected("io_uring: not built in");
}

}  // namespace sluice::transport
