#include "controller/source/kubernetes/api_error.h"

#include <array>
#include <boost/json.hpp>

namespace sluice::kubernetes {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kApiErrorKinds> kNames{
    "unreachable", "unauthorized", "forbidden", "not_found", "conflict",   "already_exists",
    "gone",        "too_large",    "invalid",   "busy",      "unreadable", "other"};

constexpr std::size_t kLongestMessage = 500;

/// A Status (meta/v1), as far as it is one.
struct Status {
  unsigned code = 0;
  std::string reason;
  std::string message;
  std::optional<std::chrono::seconds> retry_after;
  bool has_details = false;
};

std::string text_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

unsigned number_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  boost::system::error_code failed;
  const unsigned number = value != nullptr && value->is_number() ? value->to_number<unsigned>(failed) : 0;
  return failed ? 0 : number;
}

Status read_status(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::object* fields = failed ? nullptr : value.if_object();
  if (fields == nullptr || text_of(*fields, "kind") != "Status") return {};
  Status out{number_of(*fields, "code"), text_of(*fields, "reason"), text_of(*fields, "message"), std::nullopt, false};
  const json::value* details = fields->if_contains("details");
  if (details != nullptr && details->is_object()) {
    out.has_details = !details->get_object().empty();
    const unsigned seconds = number_of(details->get_object(), "retryAfterSeconds");
    if (seconds > 0) out.retry_after = std::chrono::seconds(seconds);
  }
  return out;
}

ApiErrorKind kind_of(unsigned code, const Status& status) {
  switch (code) {
    case 401:
      return ApiErrorKind::kUnauthorized;
    case 403:
      return ApiErrorKind::kForbidden;
    case 404:
      return ApiErrorKind::kNotFound;
    case 409:
      return status.reason == "AlreadyExists" ? ApiErrorKind::kAlreadyExists : ApiErrorKind::kConflict;
    case 410:
      return ApiErrorKind::kGone;
    case 429:
      return ApiErrorKind::kBusy;
    case 400:
      return ApiErrorKind::kInvalid;
    // A JSON patch that does not apply, ours for its test alone, is a 422 that names neither object nor causes, which
    // one of a validation does ("the server rejected our request due to an error in our request"; apiserver,
    // handlers/patch.go). Older ones pass on what their patch library says.
    case 422: {
      const bool does_not_apply = status.reason == "Invalid" && !status.has_details;
      return does_not_apply || status.message.ends_with("test failed") ? ApiErrorKind::kConflict
                                                                       : ApiErrorKind::kInvalid;
    }
    default:
      return code >= 500 && code <= 599 ? ApiErrorKind::kBusy : ApiErrorKind::kOther;
  }
}

std::string shortened(std::string text) {
  if (text.size() > kLongestMessage) {
    std::size_t end = kLongestMessage;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
    text.replace(end, std::string::npos, "…");
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  return text;
}

}  // namespace

std::string_view to_string(ApiErrorKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::string to_string(const ApiError& error) {
  return error.status == 0 ? error.message : std::to_string(error.status) + ": " + error.message;
}

ApiError api_error(const HttpResponse& response) {
  const Status status = read_status(response.body);
  return {.kind = kind_of(response.status, status),
          .status = response.status,
          .message = shortened(status.message.empty() ? response.body : status.message),
          .retry_after = response.retry_after ? response.retry_after : status.retry_after};
}

ApiError api_error_of_status(std::string_view status_json) {
  const Status status = read_status(status_json);
  if (status.code == 0) {
    return {.kind = ApiErrorKind::kUnreadable,
            .status = 0,
            .message = "an ERROR event that holds no Status: " + shortened(std::string(status_json)),
            .retry_after = std::nullopt};
  }
  return {.kind = kind_of(status.code, status),
          .status = status.code,
          .message = shortened(status.message),
          .retry_after = status.retry_after};
}

ApiError api_error(const HttpError& error) {
  const bool too_large = error.kind == HttpErrorKind::kTooLarge;
  return {.kind = too_large ? ApiErrorKind::kTooLarge : ApiErrorKind::kUnreachable,
          .status = 0,
          .message = error.what,
          .retry_after = std::nullopt};
}

}  // namespace sluice::kubernetes
