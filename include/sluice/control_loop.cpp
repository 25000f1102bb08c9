#include "sluice/control_loop.h"

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <algorithm>
#include <utility>

namespace sluice::control {

Loop::Loop() = default;
Loop::~Loop() = default;

void Loop::start(std::unique_ptr<grpc::CompletionQueue> queue) {
  queue_ = std::move(queue);
  {
    const std::scoped_lock lock(mutex_);
    wake_ = std::make_unique<grpc::Alarm>();
    is_open_ = true;
    if (!tasks_.empty()) wake();
  }
  thread_ = std::thread([this] { run(); });
}

void Loop::wake() {
  if (is_awake_) return;
  is_awake_ = true;
  ++operations_;
  wake_->Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), nullptr);
}

void Loop::post(Task task) {
  const std::scoped_lock lock(mutex_);
  if (is_over_) return;
  tasks_.push_back(std::move(task));
  if (is_open_) wake();
}

void* Loop::tag(Done done) {
  const std::scoped_lock lock(mutex_);
  ++operations_;
  return new Done(std::move(done));
}

void Loop::after(std::chrono::milliseconds time, Task task) {
  if (is_waiting_over_) return;
  auto alarm = std::make_shared<grpc::Alarm>();
  waits_.push_back(alarm);
  const auto when = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(time.count(), GPR_TIMESPAN));
  alarm->Set(queue_.get(), when, tag([this, alarm, task = std::move(task)](bool ok) {
               std::erase(waits_, alarm);
               if (ok) task();
             }));
}

void Loop::cancel_waits() {
  is_waiting_over_ = true;
  for (const auto& alarm : waits_) alarm->Cancel();
}

void Loop::run_tasks() {
  std::vector<Task> tasks;
  {
    const std::scoped_lock lock(mutex_);
    is_awake_ = false;
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void Loop::run() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    if (tag == nullptr) {
      run_tasks();
    } else {
      const std::unique_ptr<Done> done(static_cast<Done*>(tag));
      (*done)(ok);
    }
    const std::scoped_lock lock(mutex_);
    if (--operations_ == 0) idle_.notify_all();
  }
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return operations_ == 0; });
    is_open_ = false;
    is_over_ = true;
  }
  queue_->Shutdown();
  thread_.join();
}

}  // namespace sluice::control
