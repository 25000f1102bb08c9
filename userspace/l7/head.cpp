#include "userspace/l7/head.h"

#include <algorithm>
#include <array>

namespace sluice::l7 {
namespace {

struct Known {
  std::string_view name;
  FieldId id;
};

constexpr std::array<Known, 16> kKnown{{{"host", FieldId::kHost},
                                        {"content-length", FieldId::kContentLength},
                                        {"transfer-encoding", FieldId::kTransferEncoding},
                                        {"connection", FieldId::kConnection},
                                        {"keep-alive", FieldId::kKeepAlive},
                                        {"proxy-connection", FieldId::kProxyConnection},
                                        {"te", FieldId::kTe},
                                        {"trailer", FieldId::kTrailer},
                                        {"upgrade", FieldId::kUpgrade},
                                        {"http2-settings", FieldId::kHttp2Settings},
                                        {"expect", FieldId::kExpect},
                                        {"via", FieldId::kVia},
                                        {"date", FieldId::kDate},
                                        {"forwarded", FieldId::kForwarding},
                                        {"x-real-ip", FieldId::kForwarding},
                                        {"x-forwarded-", FieldId::kForwarding}}};

// First octets of known names, so that most fields are done after one test.
constexpr std::array<bool, 256> kFirst = [] {
  std::array<bool, 256> first{};
  for (const Known& known : kKnown) {
    first[static_cast<unsigned char>(known.name[0])] = true;
    first[static_cast<unsigned char>(known.name[0] - 0x20)] = true;
  }
  return first;
}();

constexpr char fold(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c | 0x20);
  return c == '_' ? '-' : c;
}

bool folds_to(std::string_view name, std::string_view known) {
  return std::ranges::equal(name, known, {}, fold);
}

}  // namespace

FieldId identify(std::string_view name) {
  if (name.empty() || !kFirst[static_cast<unsigned char>(name[0])]) return FieldId::kOther;
  for (const Known& known : kKnown) {
    const bool is_prefix = known.name.back() == '-';
    if (is_prefix ? name.size() < known.name.size() : name.size() != known.name.size()) continue;
    const std::string_view compared = name.substr(0, known.name.size());
    if (!folds_to(compared, known.name)) continue;
    return compared.find('_') == std::string_view::npos ? known.id : FieldId::kAlias;
  }
  return FieldId::kOther;
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
