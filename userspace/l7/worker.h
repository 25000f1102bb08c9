// One worker of the engine: a thread with its loop, its listening sockets, its door and its HttpService. It shares
// nothing that changes with the others; everything reaches it by the loop's post().
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "userspace/l7/door.h"
#include "userspace/l7/engine.h"

namespace sluice::l7 {

struct WorkerOptions {
  std::size_t index = 0;
  transport::IoBackend io = transport::IoBackend::kEpoll;
  std::vector<int> sockets;  ///< listening; borrowed, for as long as the worker lives
  MakeHttpService http;
};

class Worker {
 public:
  /// Returns once the worker accepts, or with what the kernel refused.
  static std::expected<std::unique_ptr<Worker>, std::string> start(WorkerOptions options);
  ~Worker();  ///< resets all connections, joins the thread
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// done: on the worker's thread, once connections from then on see the tables.
  void apply(std::shared_ptr<const Tables> tables, std::shared_ptr<const Listeners> listeners,
             std::function<void()> done);

  /// Takes what is in the backlog, stops listening (for good), and calls `done` on its thread, once, when no connection
  /// is left or `timeout` is over and the rest has been reset.
  void drain(std::chrono::milliseconds timeout, std::function<void()> done);

  /// Counters: written by the worker, read by any thread, as long as the worker lives.
  [[nodiscard]] const Door& door() const { return *door_; }

 private:
  explicit Worker(WorkerOptions options) : options_(std::move(options)) {}
  void run(std::promise<std::expected<void, std::string>> ready);
  void begin_drain(std::chrono::milliseconds timeout);
  void check_drained();
  void stop_all();

  WorkerOptions options_;
  std::unique_ptr<transport::Loop> loop_;
  std::unique_ptr<HttpService> http_;
  std::unique_ptr<Door> door_;
  std::vector<transport::HandlePtr> accepting_;
  std::chrono::steady_clock::time_point drain_deadline_;
  std::function<void()> drained_;
  transport::Timer drain_timer_ = transport::Timer::bind<&Worker::check_drained>(this);
  std::thread thread_;
};

}  // namespace sluice::l7
