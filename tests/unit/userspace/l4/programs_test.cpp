#include "userspace/l4/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <vector>

#include "sluice/bpf/counters.h"
#include "sluice/bpf/maps.h"
#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l4/own_bpffs.h"

namespace sluice::l4 {
namespace {

constexpr TableSizes kSmall{1024, 1024};

struct ProgramsTest : testing::Test {
  const Pins pins = *Pins::of("programs-test-" + std::to_string(::getpid()));
  std::optional<Programs> programs;

  void SetUp() override {
    if (const auto mounted = own_bpffs(); !mounted) return lacking(mounted.error());
    const auto made = pins.create();
    ASSERT_TRUE(made) << made.error();
    auto loaded = Programs::load(pins, kSmall);
    ASSERT_TRUE(loaded) << loaded.error();
    programs.emplace(std::move(*loaded));
  }
  void TearDown() override {
    programs.reset();
    (void)pins.remove();
  }
  bool slot_is_filled(const char* map, std::uint32_t slot) {
    std::uint32_t program = 0;
    return bpf_map_lookup_elem(programs->map(map), &slot, &program) == 0;
  }
};

TEST_F(ProgramsTest, AStartLoadsNoProgramThatNoDeviceNeedsYet) {
  EXPECT_GE(programs->program("sluice_tc"), 0);
  EXPECT_GE(programs->program("sluice_sk_lookup"), 0);
  for (const auto* each : {"sluice_xdp", "sluice_xdp_entry", "sluice_tc_egress", "sluice_tc_egress_entry"}) {
    EXPECT_EQ(programs->program(each), -1) << each;
  }
}

TEST_F(ProgramsTest, AHookThatIsNeededLaterIsLoadedOntoTheSameMapsAndServes) {
  ASSERT_TRUE(programs->serve(Hook::kIngress));
  EXPECT_FALSE(slot_is_filled("xdp_slots", XDP_SLOT_INGRESS));
  for (const auto hook : {Hook::kXdp, Hook::kEgress}) {
    const auto served = programs->serve(hook);
    ASSERT_TRUE(served) << served.error();
  }
  EXPECT_GE(programs->program("sluice_xdp_entry"), 0);
  EXPECT_GE(programs->program("sluice_tc_egress_entry"), 0);
  EXPECT_TRUE(slot_is_filled("xdp_slots", XDP_SLOT_INGRESS));
  EXPECT_TRUE(slot_is_filled("tc_slots", TC_SLOT_EGRESS));
  // A packet that nobody serves passes untouched: the trampoline finds its program, and the program its maps.
  std::array<std::uint8_t, 64> frame{};
  frame[12] = 0x08;
  frame[14] = 0x45;
  LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame.data(), .data_size_in = frame.size());
  ASSERT_EQ(bpf_prog_test_run_opts(programs->program("sluice_xdp_entry"), &run), 0);
  EXPECT_EQ(run.retval, 2U) << "XDP_PASS";
  std::vector<hook_counters> counters(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  const std::uint32_t hook = HOOK_XDP;
  ASSERT_EQ(bpf_map_lookup_elem(programs->map("hook_counters"), &hook, counters.data()), 0);
  std::uint64_t untouched = 0;
  for (const auto& each : counters) untouched += each.untouched;
  EXPECT_EQ(untouched, 1U);
}

TEST_F(ProgramsTest, AHookIsLoadedOnce) {
  ASSERT_TRUE(programs->serve(Hook::kXdp));
  const int loaded = programs->program("sluice_xdp");
  ASSERT_TRUE(programs->serve(Hook::kXdp));
  EXPECT_EQ(programs->program("sluice_xdp"), loaded);
}

}  // namespace
}  // namespace sluice::l4
