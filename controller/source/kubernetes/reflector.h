// Keeps a mirror equal to a resource of an API server: lists it, then watches it, for as long as it is served.
//
//   list --------------> watch --- the server's time is over, connection lost ---> watch, from the version we are at
//    ^  | 410 in the        |
//    |  | middle: begin     +----- 410 (HTTP or event), or nothing but errors ---> list
//    |  | anew              |
//    +--+-- any error: wait +
//
// Waits are jittered and double up to Timing::backoff_most; Retry-After is kept. While the server cannot be reached,
// the mirror stays as it is.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "controller/source/kubernetes/list_query.h"
#include "controller/source/kubernetes/metrics.h"
#include "controller/source/kubernetes/mirror.h"
#include "controller/source/kubernetes/outbox.h"
#include "controller/source/kubernetes/timing.h"
#include "sluice/backoff.h"

namespace sluice::kubernetes {

/// What all reflectors share; borrowed.
struct Surroundings {
  boost::asio::any_io_executor executor;
  ApiClient& client;
  Outbox& outbox;
  Metrics& metrics;
  const Timing& timing;
};

/// One thread. Held by shared_ptr: it lives until it has noticed that it was stopped.
class Reflector : public std::enable_shared_from_this<Reflector> {
 public:
  struct Hooks {
    std::function<void()> listed;                 ///< after each list
    std::function<void(const ApiError&)> failed;  ///< after each failed list
  };

  Reflector(Surroundings around, ListQuery query, std::shared_ptr<Mirror> mirror, Hooks hooks);

  void start();
  /// Nothing reaches the mirror afterwards, and no hook is called.
  void stop();
  /// The resource is served in another version from now on: it is listed anew.
  void switch_to(Resource resource);

  [[nodiscard]] const Resource& resource() const { return query_.resource; }
  [[nodiscard]] bool is_listed() const { return is_listed_; }
  [[nodiscard]] Mirror& mirror() { return *mirror_; }

 private:
  using Failure = std::optional<ApiError>;
  struct WatchEnd {
    Failure failure;
    bool has_progressed = false;
  };

  static boost::asio::awaitable<void> run(std::shared_ptr<Reflector> self);
  boost::asio::awaitable<Failure> list();
  Failure take_page(std::string_view body, std::string& continue_);
  boost::asio::awaitable<ListReason> watch();
  boost::asio::awaitable<WatchEnd> watch_once();
  boost::asio::awaitable<WatchEnd> read_events(Connection& connection, std::chrono::seconds time);
  Failure take_event(std::string_view text, bool& has_progressed);
  boost::asio::awaitable<void> pause(const ApiError& after);
  void count(const std::function<void(ResourceCounts&)>& change);
  void fail(const ApiError& error);
  void mend();

  Surroundings around_;
  ListQuery query_;
  const std::string name_;
  std::shared_ptr<Mirror> mirror_;
  Hooks hooks_;
  Backoff backoff_;
  boost::asio::steady_timer pause_;
  Connection* watching_ = nullptr;  ///< of the watch that is going on
  bool is_listed_ = false;
  bool lists_anew_ = false;
  bool is_stopped_ = false;
};

}  // namespace sluice::kubernetes
