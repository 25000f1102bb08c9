#include "userspace/l4/sysctl.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace sluice::l4 {
namespace {

constexpr std::string_view kPrefix = "sysctl ";
constexpr std::string_view kPorts = "ports ";

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

/// Container runtimes mount a container's own /proc/sys read-only; deploy/ mounts the node's here, to be written to.
constexpr std::string_view kHost = "/host";

std::expected<void, int> write_file(const std::string& file, std::string_view value) {
  Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid() && errno == EROFS) {
    fd = Fd(::open((std::string(kHost) + file).c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.valid()) errno = EROFS;  // which says more than that there is no such mount
  }
  if (!fd.valid()) return std::unexpected(errno);
  if (::write(fd.get(), value.data(), value.size()) < 0) return std::unexpected(errno);
  return {};
}

std::optional<std::uint16_t> as_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(port) : std::nullopt;
}

/// A journal entry is "sysctl PATH DEVICE" -> "OURS FORMER".
std::string entry_name(const Sysctl& sysctl) {
  return std::string(kPrefix) + sysctl.path + " " + sysctl.device;
}

/// What another instance has changed is put back by the last that relies on it.
std::expected<void, std::string> share(Journal& journal, const std::string& name) {
  if (journal.find(name)) return {};
  for (const auto& other : journal.beside()) {
    if (const auto noted = other.find(name)) return journal.put(name, *noted);
  }
  return {};
}

bool is_noted(const std::vector<Journal>& journals, const std::string& name) {
  return std::ranges::any_of(journals, [&](const Journal& each) { return each.find(name).has_value(); });
}

std::vector<PortRange> noted_ports(const Journal& journal) {
  std::vector<PortRange> ranges;
  for (const auto& [part, value] : journal.entries(kPorts)) {
    if (const auto parsed = parse_port_ranges(part)) {
      for (const auto& range : *parsed) ranges = merged(std::move(ranges), range);
    }
  }
  return ranges;
}

const Sysctl kReservedPorts{"net/ipv4/ip_local_reserved_ports", ""};

}  // namespace

std::string Sysctl::file() const {
  std::string file = "/proc/sys/" + path;
  if (const auto hole = file.find("{}"); hole != std::string::npos) file.replace(hole, 2, device);
  return file;
}

std::string Sysctl::text() const {
  std::string name = path;
  std::ranges::replace(name, '/', '.');
  if (const auto hole = name.find("{}"); hole != std::string::npos) name.replace(hole, 2, device);
  return name;
}

std::optional<std::string> read_sysctl(const Sysctl& sysctl) {
  const Fd fd(::open(sysctl.file().c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto size = ::read(fd.get(), buffer.data(), buffer.size());
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return trimmed(std::move(text));
}

std::expected<void, std::string> require_sysctl(Journal& journal, const Sysctl& sysctl, std::string_view value,
                                                std::string_view reason) {
  const auto now = read_sysctl(sysctl);
  if (now && *now == value) return share(journal, entry_name(sysctl));
  const auto needed = sysctl.text() + " must be " + std::string(value) + " (" + std::string(reason) + ")";
  if (!now) return std::unexpected(needed + ": there is no such setting");
  if (!journal.find(entry_name(sysctl))) {
    if (auto put = journal.put(entry_name(sysctl), std::string(value) + " " + *now); !put) return put;
  }
  if (auto written = write_file(sysctl.file(), value); !written) {
    return std::unexpected(needed + ": " + std::strerror(written.error()));
  }
  return {};
}

void restore_sysctls(Journal& journal) {
  const auto others = journal.beside();
  for (const auto& [name, value] : journal.entries(kPrefix)) {
    const auto space = name.find(' ');
    const Sysctl sysctl{name.substr(0, space), name.substr(space + 1)};
    const auto part = value.find(' ');
    const bool mine = !is_noted(others, entry_name(sysctl));
    if (mine && read_sysctl(sysctl) == value.substr(0, part)) (void)write_file(sysctl.file(), value.substr(part + 1));
    journal.erase(entry_name(sysctl));
  }
}

std::expected<std::vector<PortRange>, std::string> parse_port_ranges(std::string_view text) {
  std::vector<PortRange> ranges;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const auto dash = item.find('-');
    const auto low = as_port(item.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : as_port(item.substr(dash + 1));
    if (!low || !high || *low > *high) return std::unexpected("no port range: " + std::string(item));
    ranges = merged(std::move(ranges), {*low, *high});
  }
  return ranges;
}

std::string print_port_ranges(const std::vector<PortRange>& ranges) {
  std::string text;
  for (const auto& range : ranges) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.low);
    if (range.high != range.low) text += "-" + std::to_string(range.high);
  }
  return text;
}

std::vector<PortRange> merged(std::vector<PortRange> ranges, PortRange added) {
  ranges.push_back(added);
  std::ranges::sort(ranges, {}, &PortRange::low);
  std::vector<PortRange> result;
  for (const auto& range : ranges) {
    if (!result.empty() && int{range.low} <= int{result.back().high} + 1) {
      result.back().high = std::max(result.back().high, range.high);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

std::vector<PortRange> without(const std::vector<PortRange>& ranges, PortRange removed) {
  std::vector<PortRange> result;
  for (const auto& range : ranges) {
    if (range.high < removed.low || range.low > removed.high) {
      result.push_back(range);
      continue;
    }
    if (range.low < removed.low) result.push_back({range.low, static_cast<std::uint16_t>(removed.low - 1)});
    if (range.high > removed.high) result.push_back({static_cast<std::uint16_t>(removed.high + 1), range.high});
  }
  return result;
}

std::vector<PortRange> within(const std::vector<PortRange>& ranges, PortRange range) {
  std::vector<PortRange> result;
  for (const auto& each : ranges) {
    const PortRange common{std::max(each.low, range.low), std::min(each.high, range.high)};
    if (common.low <= common.high) result.push_back(common);
  }
  return result;
}

std::expected<void, std::string> reserve_ports(Journal& journal, PortRange range) {
  const auto text = read_sysctl(kReservedPorts);
  if (!text) return std::unexpected(kReservedPorts.text() + ": cannot be read");
  const auto before = parse_port_ranges(*text);
  if (!before) return std::unexpected(kReservedPorts.text() + ": " + before.error());
  const auto after = merged(*before, range);
  std::vector<PortRange> owned{range};
  for (const auto& taken : *before) owned = without(owned, taken);
  for (const auto& other : journal.beside()) {
    for (const auto& shared : within(noted_ports(other), range)) owned = merged(std::move(owned), shared);
  }
  for (const auto& part : owned) {
    if (auto put = journal.put(std::string(kPorts) + print_port_ranges({part}), ""); !put) return put;
  }
  if (after == *before) return {};
  if (auto written = write_file(kReservedPorts.file(), print_port_ranges(after)); !written) {
    return std::unexpected(kReservedPorts.text() + " must hold " + print_port_ranges({range}) +
                           " (source ports towards backends): " + std::strerror(written.error()));
  }
  return {};
}

void restore_reserved_ports(Journal& journal) {
  const auto ranges = parse_port_ranges(read_sysctl(kReservedPorts).value_or(""));
  if (!ranges) return;
  auto owned = noted_ports(journal);
  for (const auto& other : journal.beside()) {
    for (const auto& shared : noted_ports(other)) owned = without(owned, shared);
  }
  auto rest = *ranges;
  for (const auto& part : owned) rest = without(rest, part);
  for (const auto& [part, value] : journal.entries(kPorts)) journal.erase(std::string(kPorts) + part);
  // An empty list is written as a newline: an empty write is ignored.
  (void)write_file(kReservedPorts.file(), rest.empty() ? "\n" : print_port_ranges(rest));
}

}  // namespace sluice::l4
