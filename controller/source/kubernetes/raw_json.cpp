#include "controller/source/kubernetes/raw_json.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

namespace sluice::kubernetes {
namespace {

/// Reads one thing after another from the front of a text.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : rest_(text) {}

  /// Takes one character, white space before it passed over (RFC 8259, 2).
  bool take(char wanted) {
    skip_space();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Takes one value; empty where there is none.
  std::string_view value() {
    skip_space();
    const std::size_t size = value_size();
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }

 private:
  void skip_space() {
    const std::size_t begin = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  }

  /// The place after a string's closing quote; 0: it has none. at: of its opening quote.
  [[nodiscard]] std::size_t string_end(std::size_t at) const {
    constexpr std::string_view kStops = "\"\\";
    at = rest_.find_first_of(kStops, at + 1);
    while (at != std::string_view::npos && rest_[at] == '\\') at = rest_.find_first_of(kStops, at + 2);
    return at == std::string_view::npos ? 0 : at + 1;
  }

  [[nodiscard]] std::size_t value_size() const {
    if (rest_.empty()) return 0;
    if (rest_[0] == '"') return string_end(0);
    if (rest_[0] == '{' || rest_[0] == '[') return nested_size();
    const std::size_t end = rest_.find_first_of(",:]} \t\r\n");
    return end == std::string_view::npos ? rest_.size() : end;
  }

  [[nodiscard]] std::size_t nested_size() const {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < rest_.size();) {
      at = rest_.find_first_of("\"{}[]", at);
      if (at == std::string_view::npos) return 0;
      if (rest_[at] == '"') {
        at = string_end(at);
        if (at == 0) return 0;
        continue;
      }
      if (rest_[at] == '{' || rest_[at] == '[') {
        ++depth;
      } else if (--depth == 0) {
        return at + 1;
      }
      ++at;
    }
    return 0;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string_view> raw_member(std::string_view object, std::string_view key) {
  Cutter cutter(object);
  std::optional<std::string_view> found;
  if (!cutter.take('{')) return std::nullopt;
  if (cutter.take('}')) return std::nullopt;
  do {
    const std::string_view name = cutter.value();
    if (name.size() < 2 || name.front() != '"' || !cutter.take(':')) return std::nullopt;
    const std::string_view value = cutter.value();
    if (value.empty()) return std::nullopt;
    if (name.substr(1, name.size() - 2) == key) found = value;
  } while (cutter.take(','));
  return cutter.take('}') ? found : std::nullopt;
}

std::optional<std::vector<std::string_view>> raw_items(std::string_view list) {
  Cutter cutter(list);
  std::vector<std::string_view> out;
  if (!cutter.take('[')) return std::nullopt;
  if (cutter.take(']')) return out;
  do {
    const std::string_view item = cutter.value();
    if (item.empty()) return std::nullopt;
    out.push_back(item);
  } while (cutter.take(','));
  if (!cutter.take(']')) return std::nullopt;
  return out;
}

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

}  // namespace sluice::kubernetes
