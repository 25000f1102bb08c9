// YAML 1.2 text (so JSON too) as trees of nodes that know their lines. Bounded: text, nodes and depth have limits, and
// aliases are kept as aliases, so that a small file cannot become a large tree.
#pragma once

#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::source {

inline constexpr std::size_t kMaxFileBytes = 64U << 20;
inline constexpr std::size_t kMaxYamlNodes = 4U << 20;
inline constexpr unsigned kMaxYamlDepth = 100;

struct YamlNode {
  enum class Kind : unsigned char { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  bool plain = false;  ///< a scalar without quotes: may be a number, true, null…
  unsigned line = 0;   ///< 1-based
  std::string text;    ///< of a scalar
  std::string tag;     ///< as resolved, such as "tag:yaml.org,2002:str"; mostly empty
  /// Borrowed from the stream; an aliased node stands in more than one place. A list's keys are null.
  std::vector<std::pair<const YamlNode*, const YamlNode*>> children;
};

struct YamlError {
  unsigned line = 0;
  std::string what;
};

/// The documents of one text. Owns its nodes; documents that are empty are left out.
class YamlStream {
 public:
  static std::expected<YamlStream, YamlError> parse(std::string_view text);
  [[nodiscard]] const std::vector<const YamlNode*>& documents() const { return documents_; }
  /// Nodes that the text spells out, aliases not followed.
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  friend class YamlBuilder;
  std::deque<YamlNode> nodes_;  ///< addresses are stable
  std::vector<const YamlNode*> documents_;
};

}  // namespace sluice::source
