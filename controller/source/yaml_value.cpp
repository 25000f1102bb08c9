#include "controller/source/yaml_value.h"

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <optional>

namespace sluice::source {
namespace {

namespace json = boost::json;

constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";
constexpr const char* kMergeNeeds = "<< must name a map, or a list of maps";

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

/// 0x1f, 0o17, 017 (octal, as YAML 1.1 has it), 0b11, 1_000.
std::optional<json::value> whole_number(std::string_view text) {
  std::string digits;
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char kind = text[1];
    base = kind == 'x' || kind == 'X' ? 16 : kind == 'b' || kind == 'B' ? 2 : 8;
    text.remove_prefix(kind == 'x' || kind == 'X' || kind == 'b' || kind == 'B' || kind == 'o' || kind == 'O' ? 2 : 1);
  }
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (negative) return value <= kMax ? std::optional<json::value>(-static_cast<std::int64_t>(value)) : std::nullopt;
  return value <= kMax ? json::value(static_cast<std::int64_t>(value)) : json::value(value);
}

std::optional<json::value> real_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  // from_chars also knows "inf", "nan" and hexadecimal floats, which YAML spells otherwise and JSON has not.
  if (text.empty() || text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  if (text.find_first_of("0123456789") == std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

json::value plain_scalar(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"})) return false;
  const char first = text[0];
  if (first == '-' || first == '+' || first == '.' || (first >= '0' && first <= '9')) {
    if (auto number = whole_number(text)) return *number;
    if (auto number = real_number(text)) return *number;
  }
  return json::string(text);
}

class Converter {
 public:
  Converter(std::size_t& budget, std::vector<ValueError>& errors) : budget_(budget), errors_(errors) {}

  json::value value(const YamlNode& node, unsigned depth) {
    const std::size_t cost = 1 + node.text.size() / kBytesAValue;
    if (budget_ < cost) {
      if (!exhausted_) fail(node, "aliases make more values than a file may hold");
      exhausted_ = true;
      return nullptr;
    }
    budget_ -= cost;
    // An alias may lengthen a way beyond what the text itself nests.
    if (depth > kMaxYamlDepth) {
      fail(node, "is nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
      return nullptr;
    }
    if (node.kind == YamlNode::Kind::kScalar) return scalar(node);
    if (node.kind == YamlNode::Kind::kList) return list(node, depth);
    json::object out;
    map(node, depth, out);
    return out;
  }

 private:
  void fail(const YamlNode& node, std::string what) { errors_.push_back({node.line, path_, std::move(what)}); }

  json::value scalar(const YamlNode& node) {
    if (node.tag.empty() || node.tag == "!") {
      return node.plain && node.tag.empty() ? plain_scalar(node.text) : json::value(json::string(node.text));
    }
    const std::string_view tag = node.tag;
    const std::string_view name = tag.starts_with(kCoreTag) ? tag.substr(kCoreTag.size()) : tag;
    if (name == "str" || name == "!!str") return json::string(node.text);
    if (is_one_of(name, {"int", "float", "bool", "null", "!!int", "!!float", "!!bool", "!!null"})) {
      return plain_scalar(node.text);
    }
    fail(node, "tag " + node.tag + " is not read; leave it out");
    return nullptr;
  }

  json::value list(const YamlNode& node, unsigned depth) {
    json::array out;
    out.reserve(node.children.size());
    for (const auto& [key, child] : node.children) {
      path_.push(out.size());
      out.push_back(value(*child, depth + 1));
      path_.pop();
      if (exhausted_) break;
    }
    return out;
  }

  void map(const YamlNode& node, unsigned depth, json::object& out) {
    std::vector<const YamlNode*> merges;
    for (const auto& [key, child] : node.children) {
      if (exhausted_) return;
      if (key->kind != YamlNode::Kind::kScalar) {
        fail(*key, "a key must be text");
        continue;
      }
      if (key->plain && key->text == "<<") {
        merges.push_back(child);
        continue;
      }
      path_.push(key->text);
      if (out.contains(key->text)) {
        fail(*key, "is given twice; keep one");
      } else {
        out.emplace(key->text, value(*child, depth + 1));
      }
      path_.pop();
    }
    for (const YamlNode* from : merges) merge(*from, depth, out);
  }

  /// Keys of the map itself win over merged ones, earlier merged maps over later ones.
  void merge(const YamlNode& from, unsigned depth, json::object& out) {
    if (from.kind == YamlNode::Kind::kMap) return merge_map(from, depth, out);
    for (const auto& [key, child] : from.children) {
      if (child->kind != YamlNode::Kind::kMap) return fail(*child, kMergeNeeds);
      merge_map(*child, depth + 1, out);
    }
    if (from.kind == YamlNode::Kind::kScalar) fail(from, kMergeNeeds);
  }
  void merge_map(const YamlNode& from, unsigned depth, json::object& out) {
    const json::value merged = value(from, depth + 1);
    const json::object* fields = merged.if_object();  // none where a limit ended it
    if (fields == nullptr) return;
    for (const auto& [key, item] : *fields) {
      if (!out.contains(key)) out.emplace(key, item);
    }
  }

  std::size_t& budget_;
  std::vector<ValueError>& errors_;
  api::FieldPath path_;
  bool exhausted_ = false;
};

/// The child of a map, looked for in merged maps too; null where there is none, or where steps run out.
const YamlNode* child_of(const YamlNode& node, const std::string& name, std::size_t& steps) {
  if (steps == 0) return nullptr;
  --steps;
  if (node.kind == YamlNode::Kind::kMap) {
    for (const auto& [key, child] : node.children) {
      if (key->text == name) return child;
    }
  }
  for (const auto& [key, child] : node.children) {
    if (key != nullptr && key->text != "<<") continue;
    if (const YamlNode* found = child_of(*child, name, steps)) return found;
  }
  return nullptr;
}

}  // namespace

json::value to_value(const YamlNode& node, std::size_t& budget, std::vector<ValueError>& errors) {
  return Converter(budget, errors).value(node, 0);
}

unsigned line_of(const YamlNode& root, const api::FieldPath& field) {
  const YamlNode* node = &root;
  unsigned line = root.line;
  for (const auto& step : field.steps()) {
    const YamlNode* child = nullptr;
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (node->kind != YamlNode::Kind::kMap) break;
      // The key's line: a value may begin below it.
      for (const auto& [key, value] : node->children) {
        if (key->text == *name) line = key->line;
      }
      std::size_t steps = 1000;
      child = child_of(*node, *name, steps);
    } else if (node->kind == YamlNode::Kind::kList && std::get<std::size_t>(step) < node->children.size()) {
      child = node->children[std::get<std::size_t>(step)].second;
      line = child->line;
    }
    if (child == nullptr) break;
    node = child;
  }
  return line;
}

}  // namespace sluice::source
