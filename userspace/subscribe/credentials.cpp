#include "userspace/subscribe/credentials.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sluice/control.h"
#include "userspace/subscribe/identity.h"

namespace sluice::subscribe {
namespace {

constexpr std::size_t kFileLimit = 1U << 20;

std::expected<std::string, std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(file + ": cannot be read");
  std::string text(kFileLimit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kFileLimit) return std::unexpected(file + ": is longer than 1 MiB");
  return text;
}

}  // namespace

std::expected<std::string, std::string> read_token(const std::string& file) {
  auto text = read_file(file);
  if (!text) return text;
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
  if (text->empty()) return std::unexpected(file + ": is empty; a token is wanted");
  const auto is_visible = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  if (!std::ranges::all_of(*text, is_visible) || text->size() > control::kEnrollLimit / 2) {
    return std::unexpected(file + ": holds no token");
  }
  return text;
}

std::expected<std::string, std::string> read_authorities(const std::string& file) {
  auto text = read_file(file);
  if (!text) return text;
  if (auto checked = check_certificates(*text); !checked) return std::unexpected(file + ": " + checked.error());
  return text;
}

std::string host_of(const std::string& address) {
  std::string host = address.substr(0, address.rfind(':'));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace sluice::subscribe
