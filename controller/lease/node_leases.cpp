#include "controller/lease/node_leases.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <thread>

#include "controller/lease/life.h"
#include "controller/source/kubernetes/api_client.h"
#include "controller/source/kubernetes/list_query.h"
#include "controller/source/kubernetes/object_text.h"
#include "controller/source/kubernetes/resource_path.h"
#include "sluice/wake.h"

namespace sluice::lease {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

struct NodeLeases::State {
  State(const kubernetes::Cluster& cluster, std::string space, std::chrono::milliseconds time)
      : namespace_(std::move(space)),
        period(time),
        // A list that hangs is given up soon: the next one may reach another server.
        client(context.get_executor(), cluster, {.connect = 4 * time, .request = 4 * time}, 1),
        life(period) {}

  asio::awaitable<void> run();
  asio::awaitable<void> look();
  void tell();

  const std::string namespace_;
  const std::chrono::milliseconds period;
  /// Goes after all that uses it.
  asio::io_context context{1};
  kubernetes::ApiClient client;
  Life life;

  Wake wake;
  std::mutex mutex;  ///< guards told
  NodeLives told;

  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

namespace {

std::string list_target(const std::string& namespace_) {
  const std::string label = std::string(kNodeLeaseLabel) + "=" + std::string(kNodeLeaseLabelValue);
  return kubernetes::to_path({{"coordination.k8s.io", "v1", "leases"}, namespace_, "", ""}) +
         "?labelSelector=" + kubernetes::percent_encoded(label);
}

/// By node. A Lease that cannot be read is none.
std::map<std::string, Record> leases_in(const kubernetes::ListPage& page) {
  std::map<std::string, Record> out;
  for (const auto item : page.items) {
    const auto object = kubernetes::parse_object(item);
    const auto node = object ? node_of(object->name.name) : std::nullopt;
    if (!node) continue;
    if (auto record = read_record(item)) out[*node] = *std::move(record);
  }
  return out;
}

}  // namespace

asio::awaitable<void> NodeLeases::State::look() {
  kubernetes::HttpRequest request;
  request.target = list_target(namespace_);
  const auto body = co_await client.call(std::move(request));
  if (!body) {
    life.missed(to_string(body.error()));
    co_return;
  }
  const auto page = kubernetes::read_list_page(*body);
  if (!page) {
    life.missed("the answer is no list of Leases");
    co_return;
  }
  life.saw(leases_in(*page), Clock::now());
}

asio::awaitable<void> NodeLeases::State::run() {
  asio::steady_timer timer(context, Clock::now());
  for (;;) {
    co_await look();
    tell();
    timer.expires_after(period);
    boost::system::error_code stopped;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }
}

void NodeLeases::State::tell() {
  const std::scoped_lock lock(mutex);
  if (life.lives() == told) return;
  told = life.lives();
  wake.call();
}

NodeLeases::NodeLeases(const kubernetes::Cluster& cluster, std::string namespace_, std::chrono::milliseconds period)
    : state_(std::make_unique<State>(cluster, std::move(namespace_), period)) {
  asio::co_spawn(state_->context, state_->run(), asio::detached);
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

NodeLeases::~NodeLeases() {
  state_->context.stop();
  state_->thread.join();
}

int NodeLeases::fd() const {
  return state_->wake.fd();
}

NodeLives NodeLeases::take() {
  state_->wake.clear();
  const std::scoped_lock lock(state_->mutex);
  return state_->told;
}

}  // namespace sluice::lease
