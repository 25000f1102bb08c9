#include "userspace/passthrough/reason.h"

namespace sluice::passthrough {

std::string_view name(Reason reason) {
  switch (reason) {
#define X(enumerator, label, sentence) \
  case Reason::k##enumerator:          \
    return label;
    SLUICE_PASSTHROUGH_REASONS(X)
#undef X
  }
  return "";
}

std::string_view text(Reason reason) {
  switch (reason) {
#define X(enumerator, label, sentence) \
  case Reason::k##enumerator:          \
    return sentence;
    SLUICE_PASSTHROUGH_REASONS(X)
#undef X
  }
  return "";
}

Reason reason_of(HelloError error) {
  switch (error) {
    case HelloError::kNone:
      break;
#define X(enumerator, label, sentence) \
  case HelloError::k##enumerator:      \
    return Reason::k##enumerator;
      SLUICE_HELLO_ERRORS(X)
#undef X
  }
  return Reason::kForwarded;
}

}  // namespace sluice::passthrough
