#include "userspace/l7/head.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace sluice::l7 {
namespace {

struct Known {
  std::string_view name;
  std::string_view usual;  ///< as most write it: found by one comparison
  FieldId id;
};

constexpr std::array<Known, 16> kKnown{{{"host", "Host", FieldId::kHost},
                                        {"content-length", "Content-Length", FieldId::kContentLength},
                                        {"transfer-encoding", "Transfer-Encoding", FieldId::kTransferEncoding},
                                        {"connection", "Connection", FieldId::kConnection},
                                        {"keep-alive", "Keep-Alive", FieldId::kKeepAlive},
                                        {"proxy-connection", "Proxy-Connection", FieldId::kProxyConnection},
                                        {"te", "TE", FieldId::kTe},
                                        {"trailer", "Trailer", FieldId::kTrailer},
                                        {"upgrade", "Upgrade", FieldId::kUpgrade},
                                        {"http2-settings", "HTTP2-Settings", FieldId::kHttp2Settings},
                                        {"expect", "Expect", FieldId::kExpect},
                                        {"via", "Via", FieldId::kVia},
                                        {"date", "Date", FieldId::kDate},
                                        {"forwarded", "Forwarded", FieldId::kForwarding},
                                        {"x-real-ip", "X-Real-IP", FieldId::kForwarding},
                                        {"x-forwarded-", "X-Forwarded-", FieldId::kForwarding}}};

constexpr bool is_prefix(const Known& known) {
  return known.name.back() == '-';
}

// Sets of known names, a bit each: by first octet, and by the length of the field's name. Most fields are in no two.
using Set = std::uint16_t;
static_assert(kKnown.size() <= 8 * sizeof(Set));
constexpr std::size_t kLengths = 24;  // the last one stands for all that are longer

constexpr std::array<Set, 256> kByFirst = [] {
  std::array<Set, 256> sets{};
  for (std::size_t i = 0; i < kKnown.size(); ++i) {
    const auto first = static_cast<unsigned char>(kKnown[i].name[0]);
    sets[first] = static_cast<Set>(sets[first] | 1U << i);
    sets[first - 0x20U] = static_cast<Set>(sets[first - 0x20U] | 1U << i);
  }
  return sets;
}();

constexpr std::array<Set, kLengths> kByLength = [] {
  std::array<Set, kLengths> sets{};
  for (std::size_t length = 0; length < kLengths; ++length) {
    for (std::size_t i = 0; i < kKnown.size(); ++i) {
      const std::size_t known = kKnown[i].name.size();
      if (is_prefix(kKnown[i]) ? length >= known : length == known)
        sets[length] = static_cast<Set>(sets[length] | 1U << i);
    }
  }
  return sets;
}();
static_assert(std::ranges::all_of(kKnown, [](const Known& known) { return known.name.size() < kLengths - 1; }));

constexpr char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c | 0x20);
  return c == '_' ? '-' : c;
}

bool folds_to(std::string_view name, std::string_view known) {
  return std::ranges::equal(name, known, {}, fold);
}

}  // namespace

FieldId identify(std::string_view name) {
  if (name.empty()) return FieldId::kOther;
  unsigned left = kByFirst[static_cast<unsigned char>(name[0])] & kByLength[std::min(name.size(), kLengths - 1)];
  for (; left != 0; left &= left - 1) {
    const Known& known = kKnown[static_cast<std::size_t>(std::countr_zero(left))];
    const std::string_view compared = name.substr(0, known.name.size());
    if (compared == known.usual) return known.id;
    if (!folds_to(compared, known.name)) continue;
    return compared.find('_') == std::string_view::npos ? known.id : FieldId::kAlias;
  }
  return FieldId::kOther;
}

bool may_trail(std::string_view name) {
  return identify(name) == FieldId::kOther && !equals_ignoring_case(name, "authorization") &&
         !equals_ignoring_case(name, "cookie") && !equals_ignoring_case(name, "set-cookie");
}

bool is_nominated(const Head& head, std::string_view name) {
  bool found = false;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.ids[i] != FieldId::kConnection) continue;
    each_token(head.fields[i].value,
               [&](std::string_view token) { found = found || equals_ignoring_case(token, name); });
  }
  return found;
}

}  // namespace sluice::l7
