#include <array>
#include <charconv>
#include <cstring>

#include "userspace/l7/access_log.h"

namespace sluice::l7 {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

// What JSON must escape (RFC 8259 7), and octets beyond ASCII, which need not be UTF-8.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// Whether 8 octets are all plain: each term sets the high bit of an octet that is below 0x20, '"', '\\', DEL or beyond
// ASCII. What one octet borrows from the next one is of no account: it is not plain itself.
bool is_plain(std::uint64_t octets) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  const std::uint64_t found = octets | (octets - 0x20 * kEach) | ((octets ^ '"' * kEach) - kEach) |
                              ((octets ^ '\\' * kEach) - kEach) | ((octets ^ 0x7f * kEach) - kEach);
  return (found & 0x80 * kEach) == 0;
}

// The length of the plain octets that text begins with, as far as whole words show it.
std::size_t plain_words(std::string_view text) {
  std::size_t length = 0;
  for (std::uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
    std::memcpy(&word, text.data() + length, sizeof word);
    if (!is_plain(word)) break;
  }
  return length;
}

void append_escaped(std::string_view text, std::string& out) {
  std::size_t run = 0;
  for (std::size_t i = plain_words(text); i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if (kPlain[octet]) continue;
    out.append(text.substr(run, i - run)).append("\\u00");
    out.push_back(kHex[octet >> 4]);
    out.push_back(kHex[octet & 15]);
    run = i + 1;
  }
  out.append(text.substr(run));
}

// Appends ,"name":"text" unless there is none. name: with quotes and comma, as it stands in the line.
void append_text(std::string_view name, std::string_view text, std::string& out) {
  if (text.empty()) return;
  out.append(name);
  append_escaped(text, out);
  out.push_back('"');
}

void append_number(std::string_view name, std::uint64_t number, std::string& out) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(name).append(digits.data(), end);
}

// Milliseconds with three decimals.
void append_duration(std::string_view name, std::chrono::nanoseconds duration, std::string& out) {
  const auto us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
  append_number(name, us / 1000, out);
  const std::array<char, 4> decimals{'.', static_cast<char>('0' + us / 100 % 10), static_cast<char>('0' + us / 10 % 10),
                                     static_cast<char>('0' + us % 10)};
  out.append(decimals.data(), decimals.size());
}

}  // namespace

void append_line(const AccessRecord& record, WallClock& clock, std::string& out) {
  out.append(R"({"time":")");
  clock.append_iso(record.started, out);
  append_text(R"(","client":")", record.client, out);
  append_text(R"(,"listener":")", record.listener, out);
  append_text(R"(,"method":")", record.method, out);
  append_text(R"(,"host":")", record.host, out);
  append_text(R"(,"target":")", record.target, out);
  out.append(record.minor_version == 0 ? R"(,"protocol":"HTTP/1.0")" : R"(,"protocol":"HTTP/1.1")");
  if (record.tls) out.append(R"(,"tls":true)");
  append_number(R"(,"status":)", record.status, out);
  append_text(R"(,"reason":")", name(record.reason), out);
  append_text(R"(,"route":")", record.route, out);
  append_text(R"(,"rule":")", record.rule, out);
  append_text(R"(,"backend":")", record.backend, out);
  append_text(R"(,"endpoint":")", record.endpoint, out);
  append_number(R"(,"request_bytes":)", record.request_bytes, out);
  append_number(R"(,"response_bytes":)", record.response_bytes, out);
  append_duration(R"(,"duration_ms":)", record.duration, out);
  if (record.backend_duration.count() >= 0) append_duration(R"(,"backend_ms":)", record.backend_duration, out);
  out.append("}\n");
}

}  // namespace sluice::l7
