// The io_uring back end.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "userspace/transport/loop.h"

namespace sluice::transport {

std::expected<std::unique_ptr<Loop>, std::string> make_uring_loop();

/// Whether this kernel lets us have a ring of the kind that the loop needs. Error: "io_uring: Operation not permitted".
std::expected<void, std::string> probe_uring();

}  // namespace sluice::transport
