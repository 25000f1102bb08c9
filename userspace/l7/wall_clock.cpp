#include "userspace/l7/wall_clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace sluice::l7 {
namespace {

constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::uint32_t WallClock::refresh(Steady now) {
  using namespace std::chrono;
  if (known_ && now >= second_ && now - second_ < seconds(1)) {
    return static_cast<std::uint32_t>(duration_cast<milliseconds>(now - second_).count());
  }
  const auto wall = system_clock::now();
  const auto whole = floor<seconds>(wall);
  second_ = now - duration_cast<steady_clock::duration>(wall - whole);
  known_ = true;
  const std::time_t time = system_clock::to_time_t(whole);
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  date_ = text.data();
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900, utc.tm_mon + 1,
                utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
  iso_ = text.data();
  return static_cast<std::uint32_t>(duration_cast<milliseconds>(wall - whole).count());
}

std::string_view WallClock::date(Steady now) {
  refresh(now);
  return date_;
}

void WallClock::append_iso(Steady now, std::string& out) {
  const std::uint32_t ms = refresh(now);
  const std::array<char, 5> tail{'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                                 static_cast<char>('0' + ms % 10), 'Z'};
  out.append(iso_).append(tail.data(), tail.size());
}

}  // namespace sluice::l7
