// Label selectors as `kubectl -l` takes them: a=b, a==b, a!=b, a, !a, a in (b,c), a notin (b,c), joined by commas.
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::ctl {

class LabelFilter {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;

  /// "" takes everything. The error says what is wrong with the text.
  static std::expected<LabelFilter, std::string> parse(std::string_view text);

  /// Every requirement holds. As in Kubernetes, != and notin also take objects without the label.
  [[nodiscard]] bool takes(const Labels& labels) const;

 private:
  enum class Operator { In, NotIn, Exists, DoesNotExist };
  struct Requirement {
    std::string key;
    Operator how = Operator::Exists;
    std::vector<std::string> values;
  };
  static std::expected<Requirement, std::string> parse_requirement(std::string_view text);

  std::vector<Requirement> requirements_;
};

}  // namespace sluice::ctl
