#include "controller/source/kubernetes/api_client.h"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::kubernetes {

namespace asio = boost::asio;

namespace {

constexpr unsigned kMostTries = 10;
constexpr std::size_t kMaxErrorBody = 64 * 1024;

bool is_good(unsigned status) {
  return status >= 200 && status <= 299;
}

std::chrono::milliseconds until(std::chrono::steady_clock::time_point deadline) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
}

}  // namespace

ApiClient::ApiClient(asio::any_io_executor executor, const Cluster& cluster, ClientLimits limits,
                     std::size_t connections)
    : executor_(executor),
      cluster_(std::make_shared<const Cluster>(cluster)),
      limits_(limits),
      pool_(executor, cluster_, {.connections = connections, .response_bytes = limits.response_bytes}),
      tokens_(cluster.token, cluster.token_file) {}

std::expected<void, ApiError> ApiClient::sign(HttpRequest& request) {
  auto token = tokens_.token(TokenSource::Clock::now());
  if (!token) {
    return std::unexpected(ApiError{ApiErrorKind::kUnauthorized, 0, std::move(token.error()), std::nullopt});
  }
  request.token = *std::move(token);
  return {};
}

/// After a 401. New connections read client certificates again, too.
bool ApiClient::has_new_credentials() {
  pool_.forget();
  return tokens_.expire() || !cluster_->client_certificate.file.empty();
}

auto ApiClient::answer(HttpRequest& request, Clock::time_point deadline) -> Result<HttpResponse> {
  for (bool is_second = false;; is_second = true) {
    if (auto is_signed = sign(request); !is_signed) co_return std::unexpected(std::move(is_signed.error()));
    auto response = co_await pool_.send(request, std::max(until(deadline), std::chrono::milliseconds(1)));
    if (!response) co_return std::unexpected(api_error(response.error()));
    if (response->status == 401 && !is_second && has_new_credentials()) continue;
    co_return std::move(*response);
  }
}

auto ApiClient::call(HttpRequest request, std::chrono::milliseconds timeout) -> Result<std::string> {
  const auto deadline = Clock::now() + timeout;
  for (unsigned tries = 1;; ++tries) {
    auto response = co_await answer(request, deadline);
    if (!response) co_return std::unexpected(std::move(response.error()));
    if (is_good(response->status)) co_return std::move(response->body);
    ApiError error = api_error(*response);
    const bool again = error.kind == ApiErrorKind::kBusy && error.retry_after && tries < kMostTries &&
                       Clock::now() + *error.retry_after < deadline;
    if (!again) co_return std::unexpected(std::move(error));
    asio::steady_timer pause(executor_, *error.retry_after);
    boost::system::error_code stopped;
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
  }
}

auto ApiClient::begin(HttpRequest& request) -> Result<std::unique_ptr<Connection>> {
  auto connection = co_await Connection::open(cluster_, limits_.connect);
  if (!connection) co_return std::unexpected(api_error(connection.error()));
  auto head = co_await (*connection)->start(request, limits_.request);
  if (!head) co_return std::unexpected(api_error(head.error()));
  if (is_good(head->status)) co_return std::move(*connection);
  std::array<char, 4096> chunk;
  while (head->body.size() < kMaxErrorBody) {
    const auto got = co_await (*connection)->read_some(chunk, limits_.request);
    if (!got || *got == 0) break;
    head->body.append(chunk.data(), *got);
  }
  co_return std::unexpected(api_error(*head));
}

auto ApiClient::stream(HttpRequest request) -> Result<std::unique_ptr<Connection>> {
  for (bool is_second = false;; is_second = true) {
    if (auto is_signed = sign(request); !is_signed) co_return std::unexpected(std::move(is_signed.error()));
    auto connection = co_await begin(request);
    if (connection || connection.error().status != 401 || is_second || !has_new_credentials()) co_return connection;
  }
}

}  // namespace sluice::kubernetes
