#include "tools/sluicectl/yaml.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace sluice::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t kIndent = 2;

bool is_plain_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._-").find(c) != std::string_view::npos;
}

/// Text that YAML reads as text without quotes. What could be a number, a date, a boolean or a null is quoted.
bool is_plain(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kWords{"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  if (text.empty() || !std::ranges::all_of(text, is_plain_octet)) return false;
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::ranges::find(kWords, lower) != kWords.end()) return false;
  const char first = text.front();
  return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '/';
}

/// JSON's escapes are YAML's, so a quoted string is the same in both.
std::string scalar(const json::value& value) {
  if (const auto* text = value.if_string(); text != nullptr && is_plain(*text)) return std::string(*text);
  return json::serialize(value);
}

std::string key_text(std::string_view key) {
  return is_plain(key) ? std::string(key) : json::serialize(json::value(key));
}

bool is_empty_or_scalar(const json::value& value) {
  if (const auto* object = value.if_object()) return object->empty();
  if (const auto* array = value.if_array()) return array->empty();
  return true;
}

/// Writes `value` with its first line where the cursor is, its others at `indent`.
void append(const json::value& value, std::size_t indent, std::string& out) {
  bool first = true;
  const auto start_line = [&] {
    if (!first) out.append(indent, ' ');
    first = false;
  };
  if (is_empty_or_scalar(value)) {
    out += scalar(value) + "\n";
  } else if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      start_line();
      out += key_text(key) + ":";
      // A list stands under its key without indentation, as kubectl prints it.
      const std::size_t below = member.is_array() ? indent : indent + kIndent;
      out += is_empty_or_scalar(member) ? std::string(" ") : "\n" + std::string(below, ' ');
      append(member, below, out);
    }
  } else {
    for (const auto& element : value.get_array()) {
      start_line();
      out += "- ";
      append(element, indent + kIndent, out);
    }
  }
}

}  // namespace

std::string yaml_of(const json::value& value) {
  std::string out;
  append(value, 0, out);
  return out;
}

std::string yaml_of_json(std::string_view text) {
  return yaml_of(json::parse({text.data(), text.size()}));
}

}  // namespace sluice::ctl
