#include "controller/source/kubernetes/token.h"

#include <algorithm>

#include "controller/source/manifest_file.h"

namespace sluice::kubernetes {
namespace {

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// What a header field may hold (RFC 6750, 2.1): anything else would end the field or hide another in it.
bool is_token(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
}

std::expected<std::string, std::string> read_token(const std::string& file) {
  const auto text = source::read_file(file);
  if (!text) return std::unexpected(file + ": " + text.error());
  if (!*text) return std::unexpected(file + ": there is no such file");
  std::string token = trimmed((*text)->text);
  if (token.empty()) return std::unexpected(file + ": is empty; a token is wanted");
  if (!is_token(token)) return std::unexpected(file + ": holds no token: a character is not printable ASCII");
  return token;
}

}  // namespace

std::expected<std::string, std::string> TokenSource::token(Clock::time_point now) {
  if (file_.empty()) {
    if (!is_token(fixed_)) return std::unexpected("the token has a character that is not printable ASCII");
    return fixed_;
  }
  if (read_at_ && now - *read_at_ < kTokenPeriod) return last_;
  auto fresh = read_token(file_);
  if (!fresh) {
    if (last_.empty()) return std::unexpected(std::move(fresh.error()));
    return last_;
  }
  last_ = *std::move(fresh);
  read_at_ = now;
  return last_;
}

bool TokenSource::expire() {
  read_at_.reset();
  return !file_.empty();
}

}  // namespace sluice::kubernetes
