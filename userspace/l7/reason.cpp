#include "userspace/l7/reason.h"

#include <array>

namespace sluice::l7 {
namespace {

struct Row {
  std::string_view name;
  std::uint16_t status;
  std::string_view text;
};

constexpr std::array<Row, kReasons> kRows{{
#define X(enumerator, name, status, text) {name, status, text},
    SLUICE_L7_REASONS(X)
#undef X
}};

const Row& row(Reason reason) {
  return kRows[static_cast<std::size_t>(reason)];
}

}  // namespace

std::string_view name(Reason reason) {
  return row(reason).name;
}
std::string_view text(Reason reason) {
  return row(reason).text;
}
std::uint16_t status(Reason reason) {
  return row(reason).status;
}

unsigned grpc_status(Reason reason) {
  constexpr unsigned kUnknown = 2;
  constexpr unsigned kUnimplemented = 12;
  constexpr unsigned kInternal = 13;
  constexpr unsigned kUnavailable = 14;
  if (reason == Reason::kNoBackend || reason == Reason::kInvalidBackend) return kUnavailable;
  switch (status(reason)) {
    case 400:
      return kInternal;
    case 404:
      return kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return kUnavailable;
    default:
      return kUnknown;
  }
}

}  // namespace sluice::l7
