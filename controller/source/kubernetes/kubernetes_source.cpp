#include "controller/source/kubernetes/kubernetes_source.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "controller/source/kubernetes/object_sets.h"
#include "controller/source/kubernetes/watch_set.h"

namespace sluice::kubernetes {

namespace asio = boost::asio;

struct KubernetesSource::State {
  State(const Cluster& cluster, const Timing& times)
      : timing(times),
        readers(context.get_executor(), cluster, timing.client, 8),
        writers(context.get_executor(), cluster, timing.client, 4),
        watches({context.get_executor(), readers, outbox, metrics, timing}) {}

  static asio::awaitable<void> ask(State& state, ApiRequest request, OnAnswer answered);
  void take_records(Outbox::Records records, std::vector<api::ObjectRef>& refs);

  // Of both threads.
  const Timing timing;
  Outbox outbox;
  Metrics metrics;
  /// Goes after all that uses it; what it still holds then is destroyed with it, and touches none of the others.
  asio::io_context context{1};

  // Of the source's thread.
  ApiClient readers;
  ApiClient writers;
  WatchSet watches;

  // Of the owner's.
  ObjectSets sets;
  std::map<api::ObjectRef, std::shared_ptr<const StatusRecord>> records;
  Crds crds;
  Served served;
  std::uint64_t wants = 0;
  std::set<api::ObjectRef> wanted;

  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

asio::awaitable<void> KubernetesSource::State::ask(State& state, ApiRequest request, OnAnswer answered) {
  HttpRequest message;
  message.method = request.method;
  message.target = to_path(request.path);
  message.content_type = std::move(request.content_type);
  message.body = std::move(request.body);
  auto answer = co_await state.writers.call(std::move(message), request.timeout);
  if (request.method != HttpMethod::kGet) {
    if (answer) {
      state.metrics.wrote();
    } else {
      state.metrics.failed_write(answer.error().kind);
    }
  }
  // std::function takes what can be copied alone.
  auto shared = std::make_shared<ApiAnswer>(std::move(answer));
  state.outbox.call([shared, answered = std::move(answered)] { answered(std::move(*shared)); });
}

KubernetesSource::KubernetesSource(const Cluster& cluster, const Timing& timing)
    : state_(std::make_unique<State>(cluster, timing)) {
  asio::post(state_->context, [state = state_.get()] { state->watches.start(); });
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

KubernetesSource::~KubernetesSource() {
  state_->context.stop();
  state_->thread.join();
}

int KubernetesSource::fd() const {
  return state_->outbox.fd();
}

void KubernetesSource::State::take_records(Outbox::Records taken, std::vector<api::ObjectRef>& refs) {
  for (auto& [ref, record] : taken) {
    refs.push_back(ref);
    if (record != nullptr) {
      records[ref] = std::move(record);
    } else {
      records.erase(ref);
    }
  }
}

Batch KubernetesSource::take() {
  State& state = *state_;
  auto taken = state.outbox.take();
  Batch out;
  for (const auto& [ref, object] : taken.changes) out.changed.push_back(ref);
  out.objects = state.sets.apply(std::move(taken.changes));
  state.take_records(std::move(taken.records), out.recorded);
  out.troubles = std::move(taken.troubles);
  out.is_synced = taken.synced;
  out.has_contents = taken.answered >= state.wants;
  out.has_new_crds = taken.crds.has_value() && *taken.crds != state.crds;
  if (taken.crds) state.crds = *std::move(taken.crds);
  if (taken.served) state.served = *std::move(taken.served);
  for (const auto& call : taken.calls) call();
  return out;
}

const std::shared_ptr<const api::ObjectSet>& KubernetesSource::objects() const {
  return state_->sets.current();
}

std::shared_ptr<const StatusRecord> KubernetesSource::record(const api::ObjectRef& object) const {
  const auto found = state_->records.find(object);
  return found != state_->records.end() ? found->second : nullptr;
}

const Crds& KubernetesSource::crds() const {
  return state_->crds;
}

void KubernetesSource::want(std::set<api::ObjectRef> contents) {
  if (contents == state_->wanted) return;
  state_->wanted = contents;
  asio::post(state_->context, [state = state_.get(), contents = std::move(contents), number = ++state_->wants] {
    state->watches.want(contents, number);
  });
}

std::optional<ResourcePath> KubernetesSource::path_of(const api::ObjectRef& object) const {
  const auto found = state_->served.find(object.kind);
  if (found == state_->served.end()) return std::nullopt;
  return ResourcePath{found->second, object.namespace_, object.name, ""};
}

void KubernetesSource::send(ApiRequest request, OnAnswer answered) {
  asio::co_spawn(state_->context, State::ask(*state_, std::move(request), std::move(answered)), asio::detached);
}

std::string KubernetesSource::metrics() const {
  return metrics_text(state_->metrics.counts());
}

Counts KubernetesSource::counts() const {
  return state_->metrics.counts();
}

}  // namespace sluice::kubernetes
