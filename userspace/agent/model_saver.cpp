#include "userspace/agent/model_saver.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "userspace/agent/saved_model.h"

namespace sluice::agent {
namespace {

constexpr std::chrono::milliseconds kRest{200};

}  // namespace

struct ModelSaver::State {
  void run();
  void write(const model::Snapshot& taken) const;

  std::filesystem::path state_dir;
  std::string instance;
  std::function<void(const std::string&)> failed;
  std::mutex mutex;  ///< guards due and stop
  std::condition_variable changed;
  std::optional<model::Snapshot> due;
  bool stop = false;
  std::thread thread;
};

void ModelSaver::State::write(const model::Snapshot& taken) const {
  if (const auto saved = save_model(state_dir, instance, taken.model()); !saved) failed(saved.error());
}

void ModelSaver::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stop || due; });
    if (!due) return;
    changed.wait_for(lock, kRest, [&] { return stop; });
    const model::Snapshot taken = std::move(*std::exchange(due, std::nullopt));
    lock.unlock();
    write(taken);
    lock.lock();
  }
}

ModelSaver::ModelSaver(std::filesystem::path state_dir, std::string instance,
                       std::function<void(const std::string&)> failed)
    : state_(std::make_unique<State>()) {
  state_->state_dir = std::move(state_dir);
  state_->instance = std::move(instance);
  state_->failed = std::move(failed);
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

ModelSaver::~ModelSaver() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stop = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

void ModelSaver::save(model::Snapshot model) {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->due = std::move(model);
  }
  state_->changed.notify_one();
}

}  // namespace sluice::agent
