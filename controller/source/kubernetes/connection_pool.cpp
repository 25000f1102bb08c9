#include "controller/source/kubernetes/connection_pool.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::kubernetes {

namespace asio = boost::asio;

namespace {

std::chrono::milliseconds until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

}  // namespace

ConnectionPool::ConnectionPool(asio::any_io_executor executor, std::shared_ptr<const Cluster> cluster,
                               PoolLimits limits)
    : cluster_(std::move(cluster)), limits_(limits), turn_(std::move(executor), Clock::time_point::max()) {}

asio::awaitable<bool> ConnectionPool::take_turn(Clock::time_point deadline) {
  while (in_use_ >= limits_.connections) {
    asio::steady_timer late(turn_.get_executor(), deadline);
    late.async_wait([this](boost::system::error_code stopped) {
      if (!stopped) turn_.cancel();
    });
    boost::system::error_code called;
    co_await turn_.async_wait(asio::redirect_error(asio::use_awaitable, called));
    if (Clock::now() >= deadline) co_return false;
  }
  ++in_use_;
  co_return true;
}

void ConnectionPool::end_turn() {
  --in_use_;
  turn_.cancel_one();
}

std::unique_ptr<Connection> ConnectionPool::take_idle() {
  while (!idle_.empty() && Clock::now() - idle_.front().since > limits_.idle) idle_.pop_front();
  while (!idle_.empty()) {
    auto newest = std::move(idle_.back().connection);
    idle_.pop_back();
    if (newest->is_reusable()) return newest;
  }
  return nullptr;
}

void ConnectionPool::keep(std::unique_ptr<Connection> connection) {
  if (connection->is_reusable()) idle_.push_back({std::move(connection), Clock::now()});
}

auto ConnectionPool::send_over(std::unique_ptr<Connection> connection, const HttpRequest& request,
                               Clock::time_point deadline) -> Connection::Result<HttpResponse> {
  auto response = co_await connection->exchange(request, until(deadline), limits_.response_bytes);
  if (response) keep(std::move(connection));
  co_return response;
}

auto ConnectionPool::send_in_turn(const HttpRequest& request, Clock::time_point deadline)
    -> Connection::Result<HttpResponse> {
  if (auto kept = take_idle()) {
    auto response = co_await send_over(std::move(kept), request, deadline);
    if (response || !response.error().is_unanswered || response.error().kind != HttpErrorKind::kClosed ||
        request.method == HttpMethod::kPost) {
      co_return response;
    }
    forget();  // one server closed it; it will have closed the others
  }
  auto fresh = co_await Connection::open(cluster_, until(deadline));
  if (!fresh) co_return std::unexpected(std::move(fresh.error()));
  auto response = co_await send_over(std::move(*fresh), request, deadline);
  co_return response;
}

auto ConnectionPool::send(const HttpRequest& request, std::chrono::milliseconds timeout)
    -> Connection::Result<HttpResponse> {
  const auto deadline = Clock::now() + timeout;
  const bool has_turn = co_await take_turn(deadline);
  if (!has_turn) {
    HttpError error{HttpErrorKind::kTimeout, to_string(cluster_->server) + ": all connections are in use", true};
    co_return std::unexpected(std::move(error));
  }
  auto response = co_await send_in_turn(request, deadline);
  end_turn();
  co_return response;
}

}  // namespace sluice::kubernetes
