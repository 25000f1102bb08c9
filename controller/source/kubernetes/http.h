// Requests and responses of HTTP/1.1 as plain values; what speaks HTTP stays in connection.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::kubernetes {

enum class HttpMethod : std::uint8_t { kGet, kPost, kPut, kPatch, kDelete };

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string target;  ///< path and query, without the server's prefix
  std::string accept = "application/json";
  std::string content_type;  ///< of the body, if there is one
  std::string body;
  std::string token;  ///< bearer; empty: none
};

struct HttpResponse {
  unsigned status = 0;
  std::optional<std::chrono::seconds> retry_after;  ///< RFC 9110, 10.2.3; the form with a date is passed over
  std::string body;
};

enum class HttpErrorKind : std::uint8_t { kResolve, kConnect, kTls, kTimeout, kClosed, kTooLarge, kProtocol };

struct HttpError {
  HttpErrorKind kind = HttpErrorKind::kClosed;
  std::string what;  ///< "https://10.96.0.1:443: connect: Connection refused"
  /// Not one byte of an answer came. On a kept connection this mostly means that the server had closed it.
  bool is_unanswered = false;
};

}  // namespace sluice::kubernetes
