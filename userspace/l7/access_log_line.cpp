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

// Writes into room that is large enough: a line has some forty parts, and each append to a string would look for room.
class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  [[nodiscard]] char* end() const { return at_; }

  void copy(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  // ,"name":"text" unless there is none. name: with quotes and comma, as it stands in the line.
  void text(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    copy(name);
    escaped(text);
    *at_++ = '"';
  }

  void number(std::string_view name, std::uint64_t number) {
    copy(name);
    at_ = std::to_chars(at_, at_ + kDigits, number).ptr;
  }

  // Milliseconds with three decimals.
  void duration(std::string_view name, std::chrono::nanoseconds duration) {
    const auto us = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
    number(name, us / 1000);
    *at_++ = '.';
    for (const std::uint64_t digit : {us / 100, us / 10, us}) *at_++ = static_cast<char>('0' + digit % 10);
  }

  static constexpr std::size_t kDigits = 20;
  static constexpr std::size_t kEscape = 6;  ///< octets that one octet may become

 private:
  void escaped(std::string_view text) {
    std::size_t i = plain_words(text);
    copy(text.substr(0, i));
    for (; i < text.size(); ++i) {
      const auto octet = static_cast<unsigned char>(text[i]);
      if (kPlain[octet]) {
        *at_++ = text[i];
      } else {
        copy("\\u00");
        *at_++ = kHex[octet >> 4];
        *at_++ = kHex[octet & 15];
      }
    }
  }

  char* at_;
};

// Room for a line: its texts, each octet escaped, and all that is between them.
std::size_t most(const AccessRecord& record) {
  constexpr std::size_t kBetween = 512;
  std::size_t texts = 0;
  for (const std::string_view text :
       {record.client, record.listener, record.method, record.host, record.target, name(record.reason), record.route,
        record.rule, record.backend, record.endpoint}) {
    texts += text.size();
  }
  return kBetween + Writer::kEscape * texts;
}

char* write_line(const AccessRecord& record, char* begin) {
  Writer line(begin);
  line.copy("\"");
  line.text(R"(,"client":")", record.client);
  line.text(R"(,"listener":")", record.listener);
  line.text(R"(,"method":")", record.method);
  line.text(R"(,"host":")", record.host);
  line.text(R"(,"target":")", record.target);
  line.copy(record.http2                ? R"(,"protocol":"HTTP/2")"
            : record.minor_version == 0 ? R"(,"protocol":"HTTP/1.0")"
                                        : R"(,"protocol":"HTTP/1.1")");
  if (record.tls) line.copy(R"(,"tls":true)");
  line.number(R"(,"status":)", record.status);
  line.text(R"(,"reason":")", name(record.reason));
  line.text(R"(,"route":")", record.route);
  line.text(R"(,"rule":")", record.rule);
  line.text(R"(,"backend":")", record.backend);
  line.text(R"(,"endpoint":")", record.endpoint);
  line.number(R"(,"request_bytes":)", record.request_bytes);
  line.number(R"(,"response_bytes":)", record.response_bytes);
  line.duration(R"(,"duration_ms":)", record.duration);
  if (record.backend_duration.count() >= 0) line.duration(R"(,"backend_ms":)", record.backend_duration);
  line.copy("}\n");
  return line.end();
}

}  // namespace

void append_line(const AccessRecord& record, WallClock& clock, std::string& out) {
  out.append(R"({"time":")");
  clock.append_iso(record.started, out);
  const std::size_t begun = out.size();
  out.resize_and_overwrite(begun + most(record), [&](char* bytes, std::size_t) {
    return static_cast<std::size_t>(write_line(record, bytes + begun) - bytes);
  });
}

}  // namespace sluice::l7
