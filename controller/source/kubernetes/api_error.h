// Why the API server did not do what was asked, as a value to act upon.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/source/kubernetes/http.h"

namespace sluice::kubernetes {

enum class ApiErrorKind : std::uint8_t {
  kUnreachable,    ///< no answer: not resolved, not connected, TLS, time-out, connection lost
  kUnauthorized,   ///< 401, with a token that was just read again; or there is no token to send
  kForbidden,      ///< 403: RBAC
  kNotFound,       ///< 404
  kConflict,       ///< 409, or a JSON patch whose test failed: what is there is not what was read
  kAlreadyExists,  ///< 409 of a create
  kGone,           ///< 410: the resourceVersion or the page is too old
  kTooLarge,       ///< the answer is longer than we take
  kInvalid,        ///< 400, 422: the server cannot take what was sent
  kBusy,           ///< 429, and 5xx
  kUnreadable,     ///< an answer that is no answer of an API server
  kOther,          ///< any other status
};
inline constexpr std::size_t kApiErrorKinds = 12;

/// "unreachable", "not_found": a label of metrics.
std::string_view to_string(ApiErrorKind kind);

struct ApiError {
  ApiErrorKind kind = ApiErrorKind::kOther;
  unsigned status = 0;  ///< of HTTP; 0: no answer
  std::string message;  ///< the server's own words, or what happened on the way
  std::optional<std::chrono::seconds> retry_after;
};

/// "403: gateways.gateway.networking.k8s.io is forbidden: …"
std::string to_string(const ApiError& error);

/// What a response other than 2xx says; its body mostly is a Status (meta/v1).
ApiError api_error(const HttpResponse& response);

/// What an ERROR event of a watch holds: a Status.
ApiError api_error_of_status(std::string_view status_json);

ApiError api_error(const HttpError& error);

}  // namespace sluice::kubernetes
