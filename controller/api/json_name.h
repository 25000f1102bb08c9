// Names of fields: member backend_refs is field backendRefs. Computed at compile time.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::api {

/// Fields that the rule does not give.
inline constexpr std::array<std::array<std::string_view, 2>, 2> kIrregularNames{{
    {"cluster_ip", "clusterIP"},
    {"well_known_ca_certificates", "wellKnownCACertificates"},
}};

/// A field's name, made from a member's: '_' and a letter become the capital letter, a trailing '_' is dropped.
class JsonName {
 public:
  constexpr explicit JsonName(std::string_view member) {
    for (const auto& [from, to] : kIrregularNames) {
      if (member != from) continue;
      for (const char c : to) text_[size_++] = c;
      return;
    }
    for (std::size_t i = 0; i < member.size(); ++i) {
      if (member[i] != '_') {
        text_[size_++] = member[i];
      } else if (i + 1 < member.size()) {
        ++i;
        text_[size_++] = static_cast<char>(member[i] >= 'a' && member[i] <= 'z' ? member[i] - 'a' + 'A' : member[i]);
      }
    }
  }
  [[nodiscard]] constexpr std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 64> text_{};
  std::size_t size_ = 0;
};

}  // namespace sluice::api
