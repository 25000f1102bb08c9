// The thread on which all of gRPC happens, at either end of the control stream: one completion queue, and what is to be
// done when an operation of it ends.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace grpc {
class Alarm;
class CompletionQueue;
}  // namespace grpc

namespace sluice::control {

class Loop {
 public:
  using Task = std::function<void()>;
  using Done = std::function<void(bool ok)>;

  Loop();
  ~Loop();  ///< stop() was called, or start() never
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Begins to serve the queue.
  void start(std::unique_ptr<grpc::CompletionQueue> queue);

  /// Any thread: the task is run on the loop's, after start(). Tasks that come after stop() are dropped.
  void post(Task task);

  // From here on the loop's thread only.
  /// The tag of one operation; done is called when it ends.
  void* tag(Done done);
  /// Runs the task after that time, but not once cancel_waits() was called.
  void after(std::chrono::milliseconds time, Task task);
  void cancel_waits();

  /// Another thread: returns when no operation is under way and the thread has ended. Whoever calls it has seen to it
  /// that every operation ends and that none begins.
  void stop();

 private:
  void run();
  void run_tasks();
  void wake();

  std::unique_ptr<grpc::CompletionQueue> queue_;
  std::unique_ptr<grpc::Alarm> wake_;
  std::thread thread_;
  std::vector<std::shared_ptr<grpc::Alarm>> waits_;
  bool is_waiting_over_ = false;

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable idle_;
  std::vector<Task> tasks_;
  bool is_awake_ = false;
  bool is_open_ = false;  ///< the queue takes operations
  bool is_over_ = false;
  std::size_t operations_ = 0;  ///< under way, the wake-up included
};

}  // namespace sluice::control
