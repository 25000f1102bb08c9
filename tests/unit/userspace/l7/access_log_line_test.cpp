#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>

#include "userspace/l7/access_log.h"

namespace sluice::l7 {
namespace {

// The line's "target", as it stands there.
std::string logged(std::string_view target) {
  WallClock clock;
  std::string line;
  append_line({.started = std::chrono::steady_clock::now(), .target = target}, clock, line);
  const std::string_view before = R"("target":")";
  const auto begin = line.find(before) + before.size();
  return line.substr(begin, line.find(R"(","protocol")", begin) - begin);
}

// RFC 8259 7, octet by octet; what is not ASCII need not be UTF-8, and is escaped, too.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet >= 0x20 && octet < 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      std::array<char, 8> code;
      out.append(code.data(), static_cast<std::size_t>(std::snprintf(code.data(), code.size(), "\\u%04x", octet)));
    }
  }
  return out;
}

TEST(AccessLogLine, EveryOctetAtEveryPlaceIsEscapedIfItMustBe) {
  for (std::size_t length = 1; length <= 25; ++length) {
    for (std::size_t place = 0; place < length; ++place) {
      for (unsigned octet = 0; octet < 256; ++octet) {
        std::string text(length, 'x');
        text[place] = static_cast<char>(octet);
        ASSERT_EQ(logged(text), escaped(text)) << "octet " << octet << " at " << place << " of " << length;
      }
    }
  }
}

TEST(AccessLogLine, OctetsThatNeedNoEscapeDoNotHideTheirNeighbours) {
  const std::string_view alphabet("\0\x1f !\"#[\\]~\x7f\x80\xff", 13);
  std::uint32_t state = 1;
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int c = 0; c < 17; ++c) {
      state = state * 1664525 + 1013904223;
      text.push_back(alphabet[(state >> 16) % alphabet.size()]);
    }
    ASSERT_EQ(logged(text), escaped(text));
  }
}

// Under ASan: the room that a line is given is enough.
TEST(AccessLogLine, TheLongestLineOfItsTextsIsWhole) {
  const std::string all_escaped(300, '\0');
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  WallClock clock;
  for (const std::string_view text : {std::string_view(all_escaped), std::string_view("a"), std::string_view()}) {
    std::string line;
    append_line({.started = std::chrono::steady_clock::now(),
                 .duration = std::chrono::nanoseconds::max(),
                 .backend_duration = std::chrono::nanoseconds::max(),
                 .client = text,
                 .listener = text,
                 .method = text,
                 .host = text,
                 .target = text,
                 .tls = true,
                 .status = 65535,
                 .reason = Reason::kUpstreamInvalid,
                 .route = text,
                 .rule = text,
                 .backend = text,
                 .endpoint = text,
                 .request_bytes = kMost,
                 .response_bytes = kMost},
                clock, line);
    const std::string found = text.empty() ? "" : R"(,"client":")" + escaped(text) + '"';
    EXPECT_EQ(line.substr(0, 9), R"({"time":")");
    EXPECT_EQ(line.substr(33, 1 + found.size()), '"' + found) << line;
    EXPECT_TRUE(line.ends_with(R"(,"request_bytes":18446744073709551615,"response_bytes":18446744073709551615,)"
                               R"("duration_ms":9223372036854.775,"backend_ms":9223372036854.775})"
                               "\n"))
        << line;
  }
}

}  // namespace
}  // namespace sluice::l7
