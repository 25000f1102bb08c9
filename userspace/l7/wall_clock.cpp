#include "userspace/l7/wall_clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace sluice::l7 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
using Text = std::array<char, 64>;

std::tm utc_of(std::chrono::time_point<std::chrono::system_clock, seconds> second) {
  const std::time_t time = std::chrono::system_clock::to_time_t(second);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return utc;
}

const char* print_iso(const std::tm& utc, Text& text) {
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d", utc.tm_year + 1900, utc.tm_mon + 1,
                utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text.data();
}

}  // namespace

bool WallClock::holds(Steady time) const {
  return known_ && time >= begun_ && time - begun_ < seconds(1);
}

void WallClock::refresh(Steady now) {
  const auto wall = std::chrono::system_clock::now();
  second_ = std::chrono::floor<seconds>(wall);
  begun_ = now - std::chrono::duration_cast<std::chrono::steady_clock::duration>(wall - second_);
  known_ = true;
  const std::tm utc = utc_of(second_);
  Text text;
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  date_ = text.data();
  iso_ = print_iso(utc, text);
}

std::string_view WallClock::date(Steady now) {
  if (!holds(now)) refresh(now);
  return date_;
}

void WallClock::append_iso(Steady time, std::string& out) {
  if (!known_ || time - begun_ >= seconds(1)) refresh(time);
  const auto since = std::chrono::floor<milliseconds>(time - begun_);
  const auto whole = std::chrono::floor<seconds>(since);
  if (whole == seconds(0)) {
    out.append(iso_);
  } else {  // a request that began in an earlier second
    Text text;
    out.append(print_iso(utc_of(second_ + whole), text));
  }
  const auto ms = static_cast<unsigned>((since - whole).count());
  const std::array<char, 5> tail{'.', static_cast<char>('0' + ms / 100), static_cast<char>('0' + ms / 10 % 10),
                                 static_cast<char>('0' + ms % 10), 'Z'};
  out.append(tail.data(), tail.size());
}

}  // namespace sluice::l7
