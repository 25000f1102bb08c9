#include "controller/source/kubernetes/watch_decoder.h"

namespace sluice::kubernetes {

void WatchDecoder::feed(std::string_view bytes) {
  if (begin_ > 0) {
    held_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  held_.append(bytes);
}

std::expected<std::optional<std::string_view>, WatchDecoder::Error> WatchDecoder::next() {
  if (error_) return std::unexpected(*error_);
  const auto fail = [this](Error error) { return std::unexpected(*(error_ = error)); };
  for (; scanned_ < held_.size(); ++scanned_) {
    const char c = held_[scanned_];
    if (depth_ == 0) {
      begin_ = scanned_;
      if (c == '{') {
        depth_ = 1;
      } else if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
        return fail(Error::kNoObject);
      }
      continue;
    }
    if (scanned_ - begin_ >= max_event_) return fail(Error::kTooLong);
    if (is_escaped_) {
      is_escaped_ = false;
    } else if (in_string_) {
      is_escaped_ = c == '\\';
      in_string_ = c != '"';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
      const std::string_view text = std::string_view(held_).substr(begin_, ++scanned_ - begin_);
      begin_ = scanned_;
      return text;
    }
  }
  if (depth_ == 0) begin_ = scanned_;
  return std::nullopt;
}

}  // namespace sluice::kubernetes
