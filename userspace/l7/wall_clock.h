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

  /// "Tue, 24 Nov 2026 23:50:00 GMT" (RFC 9110 5.6.7); valid until the next call.
  std::string_view date(Steady now);

  /// Appends "2026-11-24T23:50:00.123Z".
  void append_iso(Steady now, std::string& out);

 private:
  /// Milliseconds into the second that the texts stand for.
  std::uint32_t refresh(Steady now);

  Steady second_{};  ///< when, by the loop's clock, that second began
  bool known_ = false;
  std::string date_;
  std::string iso_;  ///< "2026-11-24T23:50:00"
};

}  // namespace sluice::l7
