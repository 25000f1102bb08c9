// HTTP/1.1 heads from bytes. llhttp splits the field lines; the start line and every rule of meaning are ours
// (http1_rules.cpp), because llhttp refuses methods that a gateway must forward and accepts heads that it must not.
// What is ambiguous is refused, never repaired.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "userspace/l7/head.h"
#include "userspace/l7/reason.h"

namespace sluice::l7 {

struct HeadLimits {
  std::size_t head_bytes = 16384;   ///< start line and fields: 431
  std::size_t target_bytes = 8192;  ///< 414
  std::size_t fields = 100;         ///< 431
};

/// A refused head: the answer's reason, and the rule broken, for logs.
struct Refusal {
  Reason reason = Reason::kBadRequest;
  std::string_view rule;  ///< static text
};

enum class HeadState : std::uint8_t { kNeedMore, kComplete, kRefused };

/// Splits the field lines of one head. Bytes lie in one buffer that only grows at its end, and stay until the head is
/// done with.
class FieldSplitter {
 public:
  void start(Head& head, std::size_t max_fields);

  /// `bytes` begins where the last call ended. used: how many were read; past the empty line when complete.
  HeadState feed(std::string_view bytes, std::size_t& used, Refusal& refusal);

 private:
  friend struct SplitterCallbacks;

  llhttp_t parser_;
  Head* head_ = nullptr;
  std::size_t max_fields_ = 0;
  bool in_name_ = false;
  bool in_value_ = false;
  bool too_many_ = false;
};

/// One request head at a time. Reused: start() keeps what was allocated.
class RequestParser {
 public:
  explicit RequestParser(HeadLimits limits = {}) : limits_(limits) {}

  void start();

  /// `bytes`: all that was received of this message, from its first octet; the same address in every call.
  HeadState parse(std::string_view bytes);

  [[nodiscard]] const RequestHead& head() const { return head_; }
  [[nodiscard]] std::size_t head_size() const { return position_; }  ///< when complete: where the body begins
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  HeadState refuse(Reason reason, std::string_view rule);
  HeadState parse_line(std::string_view bytes);

  HeadLimits limits_;
  RequestHead head_;
  FieldSplitter splitter_;
  Refusal refusal_;
  std::size_t position_ = 0;
  bool line_done_ = false;
};

/// One response head at a time. A refusal's reason is kUpstreamInvalid.
class ResponseParser {
 public:
  explicit ResponseParser(HeadLimits limits = {}) : limits_(limits) {}

  /// method: of the request that it answers; HEAD has no body (RFC 9112 6.3). Borrowed until complete.
  void start(std::string_view method);
  HeadState parse(std::string_view bytes);

  [[nodiscard]] const ResponseHead& head() const { return head_; }
  [[nodiscard]] std::size_t head_size() const { return position_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  HeadState refuse(std::string_view rule);
  HeadState parse_line(std::string_view bytes);

  HeadLimits limits_;
  std::string_view method_;
  ResponseHead head_;
  FieldSplitter splitter_;
  Refusal refusal_;
  std::size_t position_ = 0;
  bool line_done_ = false;
};

/// The rules of meaning (http1_rules.cpp): false with a refusal, or the head's framing, target and flags filled in.
bool apply_request_rules(RequestHead& head, Refusal& refusal);

/// The same for a head of HTTP/2: method and target, too. head.framing: what holds where no length is named.
bool apply_http2_request_rules(RequestHead& head, Refusal& refusal);
bool apply_response_rules(ResponseHead& head, std::string_view request_method, Refusal& refusal);

/// Splits "METHOD target HTTP/1.x" (no CRLF) into the head.
bool split_request_line(std::string_view line, RequestHead& head, Refusal& refusal);
bool split_status_line(std::string_view line, ResponseHead& head, Refusal& refusal);

}  // namespace sluice::l7
