// Prometheus text exposition (format 0.0.4): families and samples, escaped. Values are read from the per-core counters
// at scrape; nothing is kept here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::process {

using Label = std::pair<std::string_view, std::string_view>;

/// Writes one family after another: family(), then its samples.
class Exposition {
 public:
  /// type: counter, gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// name: the family's, or with _bucket, _sum, _count.
  void sample(std::string_view name, std::initializer_list<Label> labels, std::uint64_t value);
  void sample(std::string_view name, std::initializer_list<Label> labels, double value);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void head(std::string_view name, std::initializer_list<Label> labels);
  std::string text_;
};

}  // namespace sluice::process
