// ClientHellos of real clients, as captured, and ways to cut them. The files are the fuzzer's corpus, too.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::passthrough::test {

struct CapturedHello {
  std::string_view file;
  std::string_view server_name;
};

/// chrome131, firefox133, go-1.26: with a post-quantum key share.
inline constexpr CapturedHello kCaptured[] = {
    {"chrome131", "www.example.com"},         {"firefox133", "www.example.com"},
    {"go-1.26", "www.example.com"},           {"openssl-3.0-no-name", ""},
    {"openssl-3.0-tls12", "www.example.com"}, {"openssl-3.0-tls13", "www.example.com"},
    {"python-3.11", "www.example.com"},       {"safari18_0", "www.example.com"},
};

inline std::string captured(std::string_view file) {
  std::ifstream in(SLUICE_SOURCE_DIR "/tests/fuzz/corpus/client_hello_fuzz/" + std::string(file) + ".bin",
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string record(std::string_view fragment) {
  std::string out("\x16\x03\x01", 3);
  out += static_cast<char>(fragment.size() >> 8);
  out += static_cast<char>(fragment.size());
  return out.append(fragment);
}

/// The handshake message of a hello that came in one record.
inline std::string message_of(std::string_view hello) {
  return std::string(hello.substr(5));
}

/// The same message in records of `size` bytes.
inline std::string in_records(std::string_view message, std::size_t size) {
  std::string out;
  for (std::size_t at = 0; at < message.size(); at += size) out += record(message.substr(at, size));
  return out;
}

inline std::string vector(std::string_view bytes, int width) {
  std::string out;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift);
  return out.append(bytes);
}

inline std::string extension(int type, std::string_view value) {
  std::string out;
  out += static_cast<char>(type >> 8);
  out += static_cast<char>(type);
  return out + vector(value, 2);
}

inline std::string server_name(std::string_view name) {
  std::string entry(1, '\0');
  return extension(0, vector(entry + vector(name, 2), 2));
}

/// A handshake message with these extensions.
inline std::string hello_message(std::string_view extensions) {
  std::string body("\x03\x03", 2);
  body += std::string(32, 'r') + vector("", 1) + vector(std::string("\x13\x01", 2), 2) +
          vector(std::string(1, '\0'), 1) + vector(extensions, 2);
  return "\x01" + vector(body, 3);
}

}  // namespace sluice::passthrough::test
