// The bearer token that requests carry: fixed, or in a file that the kubelet replaces before it expires.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>

namespace sluice::kubernetes {

/// A file is read again when it was read so long ago (client-go's period; the kubelet replaces a token at 80 % of a
/// life of ten minutes or more).
inline constexpr std::chrono::seconds kTokenPeriod{60};

/// One thread.
class TokenSource {
 public:
  using Clock = std::chrono::steady_clock;

  /// file goes before fixed; both empty: no token.
  TokenSource(std::string fixed, std::string file) : fixed_(std::move(fixed)), file_(std::move(file)) {}

  /// Empty: none. A file that cannot be read for a while: the last token that it held. No message shows a token.
  std::expected<std::string, std::string> token(Clock::time_point now);

  /// The server did not take it (401): the file is read again at the next call. False where a second try makes no
  /// sense, since there is no file.
  bool expire();

 private:
  std::string fixed_;
  std::string file_;
  std::string last_;
  std::optional<Clock::time_point> read_at_;
};

}  // namespace sluice::kubernetes
