#include "userspace/l4/notrack.h"

#include <sched.h>

#include <array>
#include <functional>
#include <thread>

#include "tests/unit/lacking.h"

namespace sluice::l4 {
namespace {

/// Runs `body` in a network namespace of its own, which ends with it; false where none can be made.
bool in_namespace(const std::function<void()>& body) {
  bool made = false;
  std::thread([&] {
    made = ::unshare(CLONE_NEWNET) == 0;
    if (made) body();
  }).join();
  return made;
}

const std::array kAddresses{*Address::parse("100.64.77.1"), *Address::parse("fd53:6c75:6963:65::1")};

TEST(Notrack, RulesAreThereUntilTheyAreRemoved) {
  const bool tested = in_namespace([] {
    EXPECT_FALSE(check_notrack("unit", 2));
    const auto set = set_notrack("unit", kAddresses);
    ASSERT_TRUE(set) << set.error();
    EXPECT_TRUE(check_notrack("unit", 2));
    EXPECT_FALSE(check_notrack("other", 2));
    EXPECT_TRUE(remove_notrack("unit"));
    EXPECT_FALSE(check_notrack("unit", 2));
    EXPECT_TRUE(remove_notrack("unit")) << "none is as good as removed";
  });
  if (!tested) lacking("a network namespace (CAP_SYS_ADMIN)");
}

TEST(Notrack, SettingReplacesWhatWasThere) {
  const bool tested = in_namespace([] {
    ASSERT_TRUE(set_notrack("unit", kAddresses));
    ASSERT_TRUE(set_notrack("unit", std::span(kAddresses).first(1)));
    const auto checked = check_notrack("unit", 2);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().find("1 of 2"), std::string::npos) << checked.error();
    EXPECT_TRUE(check_notrack("unit", 1));
  });
  if (!tested) lacking("a network namespace (CAP_SYS_ADMIN)");
}

}  // namespace
}  // namespace sluice::l4
