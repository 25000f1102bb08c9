// The two calls of the control stream, over gRPC, as their user sees them: no header of gRPC here.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::control {
class Loop;
}
namespace grpc {
class CompletionQueue;
}

namespace sluice::subscribe {

/// Whom to call, and as whom.
struct Endpoint {
  std::string address;          ///< HOST:PORT
  std::string server_name;      ///< whom its certificate must name
  std::string authorities_pem;  ///< one of whom must have made it
  std::string certificate_pem;  ///< ours; empty: none
  std::string key_pem;
};

/// How a call ended.
struct Ending {
  bool is_ok = false;
  bool is_unauthenticated = false;  ///< the certificate or token was not taken
  bool is_unreachable = false;      ///< nobody was there
  std::string why;                  ///< where not ok
};

/// What calls are made with: the loop, and the queue that it serves.
struct Caller {
  control::Loop& loop;
  grpc::CompletionQueue& queue;
};
/// Starts the loop, over a queue that it owns from then on.
Caller start(control::Loop& loop);

/// answered: the response's bytes, where ok. Returns what ends the call early.
std::function<void()> enroll(Caller caller, const Endpoint& endpoint, const std::string& request_bytes,
                             std::chrono::milliseconds timeout, std::function<void(Ending, std::string)> answered);

/// One stream, loop's thread only. One write at a time: write() after wrote or begun was called.
class StreamCall : public std::enable_shared_from_this<StreamCall> {
 public:
  struct Events {
    std::function<void()> can_write;                  ///< it has begun, or the last message is on its way
    std::function<void(const std::string&)> message;  ///< bytes of one
    std::function<void(Ending)> ended;                ///< the last one; nothing is under way
  };
  static std::shared_ptr<StreamCall> start(Caller caller, const Endpoint& endpoint, Events events);
  virtual ~StreamCall() = default;

  virtual void write(const std::string& bytes) = 0;
  /// Ends it soon, with that reason.
  virtual void leave(const std::string& why) = 0;
};

}  // namespace sluice::subscribe
