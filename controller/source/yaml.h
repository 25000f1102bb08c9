// YAML 1.2 text (so JSON too) as trees of nodes that know their lines. Bounded: text, nodes and depth have limits, and
// aliases are kept as aliases, so that a small file cannot become a large tree.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::source {

inline constexpr std::size_t kMaxFileBytes = 64U << 20;
inline constexpr std::size_t kMaxYamlNodes = 2U << 20;  ///< of one document
inline constexpr unsigned kMaxYamlDepth = 100;
inline constexpr unsigned kMaxTagDirectives = 100;  ///< of one text: the parser compares each with all others

struct YamlNode {
  enum class Kind : unsigned char { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  bool plain = false;  ///< a scalar without quotes: may be a number, true, null…
  unsigned line = 0;   ///< 1-based
  std::string text;    ///< of a scalar
  std::string tag;     ///< as resolved, such as "tag:yaml.org,2002:str"; mostly empty
  /// Owned by the reader; an aliased node stands in more than one place. A list's keys are null.
  std::vector<std::pair<const YamlNode*, const YamlNode*>> children;
};

struct YamlError {
  unsigned line = 0;
  std::string what;
};

/// The documents of one text, one at a time, so that a large file does not need a large tree. Not copyable.
class YamlReader {
 public:
  /// text  borrowed for the reader's life.
  explicit YamlReader(std::string_view text);
  ~YamlReader();
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  /// The root of the next document that is not empty, owned by the reader and valid until the next call; null after the
  /// last one. After an error there is nothing more to read.
  std::expected<const YamlNode*, YamlError> next();
  /// Nodes that the present document spells out, aliases not followed.
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::source
