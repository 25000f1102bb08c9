// What the node counts about its own configuration: reloads, generations, how long a change takes to be in force.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace sluice::agent {

enum class Reload : std::uint8_t { kApplied, kRefused, kUnchanged };

/// One thread.
class ConfigMetrics {
 public:
  void reloaded(Reload result);
  /// refused: resources of the model that are not in force.
  void applied(std::uint64_t generation, std::chrono::microseconds took, std::size_t refused);
  /// The same, where it has changed without an apply.
  void refused(std::size_t resources);

  /// Prometheus text: sluice_build_info, sluice_config_*.
  [[nodiscard]] std::string text() const;

 private:
  static constexpr std::array<double, 9> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5};  ///< seconds

  std::array<std::uint64_t, 3> reloads_{};
  bool last_good_ = false;
  std::uint64_t generation_ = 0;
  std::size_t refused_ = 0;
  std::array<std::uint64_t, kBounds.size() + 1> buckets_{};
  std::chrono::microseconds sum_{0};
};

}  // namespace sluice::agent
