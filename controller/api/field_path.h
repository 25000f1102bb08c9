// Where in an object: spec.rules[0].backendRefs[0].port.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::api {

/// A way from an object's root: names of fields and places in lists.
class FieldPath {
 public:
  using Step = std::variant<std::string, std::size_t>;

  void push(std::string_view name) { steps_.emplace_back(std::string(name)); }
  void push(std::size_t index) { steps_.emplace_back(index); }
  void pop() { steps_.pop_back(); }
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

  /// Names that are no identifiers stand in brackets, as Kubernetes writes them:
  /// metadata.labels[app.kubernetes.io/name].
  [[nodiscard]] std::string str() const {
    std::string out;
    for (const Step& step : steps_) {
      if (const auto* index = std::get_if<std::size_t>(&step)) {
        out += "[" + std::to_string(*index) + "]";
      } else if (const auto& name = std::get<std::string>(step); name.find_first_of("./ ") != std::string::npos) {
        out += "[" + name + "]";
      } else {
        out += (out.empty() ? "" : ".") + name;
      }
    }
    return out;
  }

 private:
  std::vector<Step> steps_;
};

}  // namespace sluice::api
