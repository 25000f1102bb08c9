// What a test needs and the machine lacks: root, BPF, io_uring.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace sluice {

/// Ends a test, from its body or SetUp: `return lacking("io_uring: " + why);`. Nobody reads what was skipped in CI (the
/// variable CI is set: .ci/run does), so there the test fails; elsewhere it is skipped, with the reason.
inline void lacking(const std::string& what) {
  if (const char* ci = std::getenv("CI"); ci != nullptr && *ci != '\0') FAIL() << "NOT tested in CI: " << what;
  GTEST_SKIP() << "NOT tested here: " << what;
}

}  // namespace sluice
