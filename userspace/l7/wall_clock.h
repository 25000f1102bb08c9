// The time of day of a worker, from its loop's clock: the system's is asked once a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::l7 {

class WallClock {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  /// "Tue, 24 Nov 2026 23:50:00 GMT" (RFC 9110 5.6.7) of now; valid until the next call.
  std::string_view date(Steady now);

  /// Appends "2026-11-24T23:50:00.123Z". time: now or earlier.
  void append_iso(Steady time, std::string& out);

 private:
  using Second = std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>;
  void refresh(Steady now);
  [[nodiscard]] bool holds(Steady time) const;

  bool known_ = false;
  Second second_{};  ///< that the texts stand for
  Steady begun_{};   ///< when it began, by the loop's clock
  std::string date_;
  std::string iso_;  ///< "2026-11-24T23:50:00"
};

}  // namespace sluice::l7
