#include "userspace/process/exposition.h"

#include <gtest/gtest.h>

namespace sluice::process {
namespace {

TEST(Exposition, WritesFamiliesAndSamplesAsPrometheusReadsThem) {
  Exposition out;
  out.family("sluice_drops_total", "counter", "Dropped.\nSee docs.");
  out.sample("sluice_drops_total", {{"reason", "no_backend"}, {"stage", "lookup"}}, std::uint64_t{12});
  out.sample("sluice_drops_total", {}, 0.5);
  EXPECT_EQ(out.take(),
            "# HELP sluice_drops_total Dropped.\\nSee docs.\n"
            "# TYPE sluice_drops_total counter\n"
            "sluice_drops_total{reason=\"no_backend\",stage=\"lookup\"} 12\n"
            "sluice_drops_total 0.5\n");
}

TEST(Exposition, EscapesLabelValues) {
  Exposition out;
  out.sample("m", {{"route", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_EQ(out.take(), "m{route=\"a\\\"b\\\\c\\nd\"} 1\n");
}

}  // namespace
}  // namespace sluice::process
