#include "userspace/l4/journal.h"

#include <bpf/bpf.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::l4 {
namespace {

constexpr std::uint32_t kEntries = 4096;
constexpr const char* kNamespace = "netns";

using Name = std::array<char, Journal::kNameBytes>;
using Value = std::array<char, Journal::kValueBytes>;

/// Zero-filled: a map's key is compared byte by byte.
template <class Text>
std::optional<Text> padded(std::string_view text) {
  Text bytes{};
  if (text.size() >= bytes.size()) return std::nullopt;
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

}  // namespace

std::expected<Journal, std::string> Journal::open(const std::string& pin, Beside beside) {
  if (Fd map(bpf_obj_get(pin.c_str())); map.valid()) return Journal(std::move(map), std::move(beside));
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
  Fd map(bpf_map_create(BPF_MAP_TYPE_HASH, "sluice_journal", kNameBytes, kValueBytes, kEntries, &options));
  if (!map.valid()) return std::unexpected("journal: " + std::string(std::strerror(errno)));
  if (bpf_obj_pin(map.get(), pin.c_str()) != 0) return std::unexpected(pin + ": " + std::strerror(errno));
  return Journal(std::move(map), std::move(beside));
}

std::expected<void, std::string> Journal::claim_namespace() {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof(cookie);
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Linux 5.14 has it.
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0) return {};
  const auto known = find(kNamespace);
  if (!known) return put(kNamespace, std::to_string(cookie));
  if (*known == std::to_string(cookie)) return {};
  return std::unexpected("this instance runs in another network namespace: --remove it there, or use --instance");
}

std::vector<Journal> Journal::beside() const {
  std::vector<Journal> found;
  const auto here = find(kNamespace);
  if (!here || !beside_) return found;
  for (const auto& pin : beside_()) {
    Fd map(bpf_obj_get(pin.c_str()));
    if (!map.valid()) continue;  // removed meanwhile
    Journal other(std::move(map), {});
    if (other.find(kNamespace) == here) found.push_back(std::move(other));
  }
  return found;
}

std::optional<std::string> Journal::find(std::string_view name) const {
  const auto key = padded<Name>(name);
  Value value{};
  if (!key || bpf_map_lookup_elem(map_.get(), key->data(), value.data()) != 0) return std::nullopt;
  return std::string(value.data());
}

std::expected<void, std::string> Journal::put(std::string_view name, std::string_view value) {
  const auto key = padded<Name>(name);
  const auto bytes = padded<Value>(value);
  if (!key || !bytes) return std::unexpected("journal: too long: " + std::string(name));
  if (bpf_map_update_elem(map_.get(), key->data(), bytes->data(), BPF_ANY) == 0) return {};
  return std::unexpected("journal: " + std::string(std::strerror(errno)));
}

void Journal::erase(std::string_view name) {
  if (const auto key = padded<Name>(name)) (void)bpf_map_delete_elem(map_.get(), key->data());
}

std::map<std::string, std::string> Journal::entries(std::string_view prefix) const {
  std::map<std::string, std::string> found;
  Name key{};
  const char* previous = nullptr;
  while (bpf_map_get_next_key(map_.get(), previous, key.data()) == 0) {
    previous = key.data();
    const std::string name(key.data());
    Value value{};
    if (!name.starts_with(prefix) || bpf_map_lookup_elem(map_.get(), key.data(), value.data()) != 0) continue;
    found[name.substr(prefix.size())] = value.data();
  }
  return found;
}

}  // namespace sluice::l4
