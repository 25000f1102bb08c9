// Requests to an API server, with who we are in them and with its errors as values.
#pragma once

#include "controller/source/kubernetes/api_error.h"
#include "controller/source/kubernetes/connection_pool.h"
#include "controller/source/kubernetes/token.h"

namespace sluice::kubernetes {

struct ClientLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds request{30'000};  ///< of a list or a look-up, from the first byte to the last
  std::size_t response_bytes = 256U << 20;
};

/// Belongs to the thread of its executor; outlives what it is asked for. Requests are borrowed until they are answered.
class ApiClient {
 public:
  template <class T>
  using Result = boost::asio::awaitable<std::expected<T, ApiError>>;

  ApiClient(boost::asio::any_io_executor executor, const Cluster& cluster, ClientLimits limits,
            std::size_t connections);

  /// The body of a 2xx answer. A 401 reads the token again and asks once more; 429, and 5xx with Retry-After, are asked
  /// again after that time while timeout allows, since the server has not carried them out.
  Result<std::string> call(HttpRequest request, std::chrono::milliseconds timeout);
  Result<std::string> call(HttpRequest request) { return call(std::move(request), limits_.request); }

  /// Begins a request whose answer does not end, over a connection of its own; its body is to be read.
  Result<std::unique_ptr<Connection>> stream(HttpRequest request);

 private:
  using Clock = std::chrono::steady_clock;
  Result<HttpResponse> answer(HttpRequest& request, Clock::time_point deadline);
  Result<std::unique_ptr<Connection>> begin(HttpRequest& request);
  std::expected<void, ApiError> sign(HttpRequest& request);
  bool has_new_credentials();

  boost::asio::any_io_executor executor_;
  std::shared_ptr<const Cluster> cluster_;
  ClientLimits limits_;
  ConnectionPool pool_;
  TokenSource tokens_;
};

}  // namespace sluice::kubernetes
