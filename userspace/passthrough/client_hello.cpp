#include "userspace/passthrough/client_hello.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice::passthrough {
namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kHandshakeHeader = 4;
constexpr std::size_t kMaxRecord = 16384;  // RFC 8446 5.1; plaintext, so without the allowance for encryption
constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHello = 1;
constexpr std::size_t kServerName = 0;
constexpr std::uint8_t kHostName = 0;

std::uint8_t octet(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::size_t number(std::string_view bytes, std::size_t at, std::size_t width) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < width; ++i) value = value << 8 | octet(bytes, at + i);
  return value;
}

// Takes fields off the front; once one does not fit, all later ones fail.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> take(std::size_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }
  std::optional<std::size_t> take_number(std::size_t width) {
    const auto field = take(width);
    return field ? std::optional(number(*field, 0, width)) : std::nullopt;
  }
  /// A field behind its own length of `width` bytes.
  std::optional<std::string_view> take_vector(std::size_t width) {
    const auto size = take_number(width);
    return size ? take(*size) : std::nullopt;
  }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Hello failed(HelloError error) {
  return {.state = HelloState::kError, .error = error, .server_name = {}, .size = 0};
}

// RFC 6066 3 permits no literal addresses, and some clients that were told to connect to one send it all the same.
bool is_address(std::string_view name) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::array<std::uint8_t, sizeof(in6_addr)> address;
  if (name.size() >= text.size() || name.find('\0') != std::string_view::npos) return false;
  std::ranges::copy(name, text.begin());
  return inet_pton(AF_INET, text.data(), address.data()) == 1 || inet_pton(AF_INET6, text.data(), address.data()) == 1;
}

// server_name: a list with one host_name (RFC 6066 3: not more than one of a type, and no other type is defined).
HelloError read_server_name(std::string_view extension, std::string& out) {
  Reader reader(extension);
  const auto list = reader.take_vector(2);
  if (!list || list->empty() || !reader.empty()) return HelloError::kBadLength;
  Reader names(*list);
  bool seen = false;
  while (!names.empty()) {
    const auto type = names.take_number(1);
    const auto value = names.take_vector(2);
    if (!type || !value) return HelloError::kBadLength;
    if (*type != kHostName) continue;
    if (std::exchange(seen, true)) return HelloError::kDuplicateName;
    if (is_address(*value)) continue;
    out = canonical_server_name(*value);
    if (out.empty()) return HelloError::kBadName;
  }
  return HelloError::kNone;
}

HelloError read_extensions(std::string_view extensions, std::string& out) {
  Reader reader(extensions);
  bool seen = false;
  while (!reader.empty()) {
    const auto type = reader.take_number(2);
    const auto value = reader.take_vector(2);
    if (!type || !value) return HelloError::kBadLength;
    if (*type != kServerName) continue;
    if (std::exchange(seen, true)) return HelloError::kDuplicateName;
    if (const HelloError error = read_server_name(*value, out); error != HelloError::kNone) return error;
  }
  return HelloError::kNone;
}

// body: after the handshake header.
HelloError read_body(std::string_view body, std::string& out) {
  constexpr std::size_t kVersionAndRandom = 2 + 32;
  Reader reader(body);
  if (!reader.take(kVersionAndRandom)) return HelloError::kBadLength;
  const auto session = reader.take_vector(1);
  const auto suites = reader.take_vector(2);
  const auto compressions = reader.take_vector(1);
  if (!session || session->size() > 32 || !suites || suites->empty() || suites->size() % 2 != 0 || !compressions ||
      compressions->empty())
    return HelloError::kBadLength;
  if (reader.empty()) return HelloError::kNone;  // TLS 1.2 allows a hello without extensions
  const auto extensions = reader.take_vector(2);
  if (!extensions || !reader.empty()) return HelloError::kBadLength;
  return read_extensions(*extensions, out);
}

// Walks the records until the handshake message is whole.
class Records {
 public:
  explicit Records(std::string_view bytes) : bytes_(bytes) {}

  /// kMore, kError, or kName for "whole" (message() and end() are set).
  HelloState collect(HelloError& error) {
    while (true) {
      if (const HelloState state = next_record(error); state != HelloState::kName) return state;
      if (have() >= kHandshakeHeader) {
        const std::string_view head = message();
        if (octet(head, 0) != kClientHello) return fail(error, HelloError::kNotClientHello);
        wanted_ = kHandshakeHeader + number(head, 1, 3);
        if (wanted_ > kMaxHelloBytes) return fail(error, HelloError::kTooLarge);
        if (have() >= wanted_) return HelloState::kName;
      } else if (have() > 0 && octet(message(), 0) != kClientHello) {
        return fail(error, HelloError::kNotClientHello);
      }
      if (!whole_record_) return more(error);
    }
  }

  [[nodiscard]] std::string_view message() const { return joined_.empty() ? single_ : std::string_view(joined_); }
  [[nodiscard]] std::size_t wanted() const { return wanted_; }
  [[nodiscard]] std::size_t end() const { return end_; }

  /// kMore: at least so many bytes are.
  [[nodiscard]] std::size_t missing() const { return std::max<std::size_t>(1, wanted_ - std::min(wanted_, have())); }

 private:
  [[nodiscard]] std::size_t have() const { return message().size(); }

  static HelloState fail(HelloError& error, HelloError what) {
    error = what;
    return HelloState::kError;
  }
  HelloState more(HelloError& error) const {
    return bytes_.size() >= kMaxHelloBytes ? fail(error, HelloError::kTooLarge) : HelloState::kMore;
  }

  HelloState next_record(HelloError& error) {
    const std::string_view rest = bytes_.substr(end_);
    const HelloError wrong = end_ == 0 ? HelloError::kNotTls : HelloError::kBadRecord;
    if (!rest.empty() && octet(rest, 0) != kHandshakeRecord) return fail(error, wrong);
    if (rest.size() > 1 && octet(rest, 1) != 3) return fail(error, wrong);  // 3.x: SSL 3.0 to TLS 1.3
    if (rest.size() < kRecordHeader) return more(error);
    const std::size_t size = number(rest, 3, 2);
    if (size == 0 || size > kMaxRecord) return fail(error, HelloError::kBadRecord);
    const auto fragment = rest.substr(kRecordHeader, size);
    whole_record_ = fragment.size() == size;
    end_ += kRecordHeader + fragment.size();
    append(fragment);
    return HelloState::kName;
  }

  void append(std::string_view fragment) {
    if (single_.empty() && joined_.empty()) {
      single_ = fragment;
      return;
    }
    if (joined_.empty()) joined_ = single_;
    joined_ += fragment;
  }

  std::string_view bytes_;
  std::string_view single_;  ///< the message while it lies in one record
  std::string joined_;
  std::size_t end_ = 0;
  std::size_t wanted_ = 0;
  bool whole_record_ = false;
};

bool is_ipv4_literal(std::string_view name) {
  const auto last = name.substr(name.find_last_of('.') + 1);
  return std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });  // WHATWG: ends in a number
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(
             label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

}  // namespace

std::string_view name(HelloError error) {
  switch (error) {
    case HelloError::kNone:
      return "none";
#define X(enumerator, label, sentence) \
  case HelloError::k##enumerator:      \
    return label;
      SLUICE_HELLO_ERRORS(X)
#undef X
  }
  return "none";
}

std::string_view text(HelloError error) {
  switch (error) {
    case HelloError::kNone:
      return "";
#define X(enumerator, label, sentence) \
  case HelloError::k##enumerator:      \
    return sentence;
      SLUICE_HELLO_ERRORS(X)
#undef X
  }
  return "";
}

Hello read_client_hello(std::string_view bytes) {
  Records records(bytes);
  Hello hello;
  hello.state = records.collect(hello.error);
  if (hello.state == HelloState::kMore) hello.size = bytes.size() + records.missing();
  if (hello.state != HelloState::kName) return hello;
  const auto body = records.message().substr(kHandshakeHeader, records.wanted() - kHandshakeHeader);
  if (const HelloError error = read_body(body, hello.server_name); error != HelloError::kNone) return failed(error);
  if (hello.server_name.empty()) hello.state = HelloState::kNoName;
  hello.size = records.end() - (records.message().size() - records.wanted());
  return hello;
}

std::string canonical_server_name(std::string_view name) {
  constexpr std::size_t kMaxHostname = 253;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  if (lower.ends_with('.')) lower.pop_back();
  if (lower.empty() || lower.size() > kMaxHostname || is_ipv4_literal(lower)) return {};
  for (std::size_t begin = 0; begin <= lower.size();) {
    const std::size_t end = std::min(lower.find('.', begin), lower.size());
    if (!is_label(std::string_view(lower).substr(begin, end - begin))) return {};
    begin = end + 1;
  }
  return lower;
}

}  // namespace sluice::passthrough
