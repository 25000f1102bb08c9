// Bodies of HTTP/1.1 messages: where they end, and their octets without the framing. Chunks are llhttp's to read.
#pragma once

#include <llhttp.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "userspace/l7/head.h"

namespace sluice::l7 {

/// Takes the octets of a body as they come.
class BodySink {
 public:
  virtual void on_body(std::string_view data) = 0;

 protected:
  ~BodySink() = default;
};

enum class BodyState : std::uint8_t { kNeedMore, kComplete, kRefused };

class BodyReader {
 public:
  void start(const Framing& framing);

  /// used: octets of the message that were read; the rest of `bytes` belongs to the next message. The sink is called
  /// for each run of data, in order.
  BodyState feed(std::string_view bytes, std::size_t& used, BodySink& sink);

  /// The connection ended: complete only for a body that ends so.
  [[nodiscard]] BodyState finish() const;

  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const Framing& framing() const { return framing_; }
  [[nodiscard]] std::uint64_t left() const { return left_; }  ///< octets still to come; kLength only

  /// Trailer fields of a chunked body, as lines with CRLF, without those that may not stand there (RFC 9110 6.5.1).
  [[nodiscard]] std::string_view trailers() const { return trailers_; }

 private:
  friend struct BodyCallbacks;

  BodyState feed_chunks(std::string_view bytes, std::size_t& used, BodySink& sink);

  static constexpr std::size_t kMaxTrailers = 8192;

  Framing framing_;
  std::uint64_t left_ = 0;
  bool complete_ = true;
  llhttp_t parser_;
  BodySink* sink_ = nullptr;
  std::string name_;
  std::string value_;
  std::string trailers_;
};

}  // namespace sluice::l7
