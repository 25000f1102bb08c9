// ClientHellos from anybody: bounded, and the answer is one of the bytes alone, not of how they were cut.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "userspace/passthrough/client_hello.h"

namespace {

using sluice::passthrough::Hello;
using sluice::passthrough::HelloError;
using sluice::passthrough::HelloState;
using sluice::passthrough::read_client_hello;

void require(bool holds) {
  if (!holds) std::abort();
}

bool found(const Hello& hello) {
  return hello.state == HelloState::kName || hello.state == HelloState::kNoName;
}

// More bytes never change an answer, and no answer comes before its last byte.
void check_prefix(std::string_view bytes, const Hello& whole, std::size_t size) {
  const Hello prefix = read_client_hello(bytes.substr(0, size));
  if (prefix.state == HelloState::kError) require(whole.state == HelloState::kError && whole.error == prefix.error);
  if (found(prefix)) require(prefix.state == whole.state && prefix.server_name == whole.server_name);
  if (found(whole)) require(size < whole.size ? prefix.state == HelloState::kMore : found(prefix));
  if (prefix.state == HelloState::kMore) require(prefix.size > size);
  if (prefix.state == HelloState::kMore && found(whole)) require(prefix.size <= whole.size);
}

std::string record(std::string_view fragment) {
  std::string out("\x16\x03\x03", 3);
  out += static_cast<char>(fragment.size() >> 8);
  out += static_cast<char>(fragment.size());
  return out.append(fragment);
}

// The same message in two records says the same.
void check_cut(std::string_view message, std::size_t at) {
  if (message.size() > 16384 || at == 0 || at >= message.size()) return;
  const Hello one = read_client_hello(record(message));
  const Hello two = read_client_hello(record(message.substr(0, at)) + record(message.substr(at)));
  require(one.state == two.state && one.server_name == two.server_name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Hello whole = read_client_hello(bytes);
  require((whole.state == HelloState::kError) == (whole.error != HelloError::kNone));
  require((whole.state == HelloState::kName) == !whole.server_name.empty());
  if (whole.state == HelloState::kName)
    require(sluice::passthrough::canonical_server_name(whole.server_name) == whole.server_name);
  if (found(whole)) require(whole.size <= size);
  // A few places, chosen by the input itself.
  for (std::size_t at = size == 0 ? 0 : data[size / 2]; at < size; at += 1 + size / 7) {
    check_prefix(bytes, whole, at);
    if (size > 5) check_cut(bytes.substr(5), at);
  }
  return 0;
}
