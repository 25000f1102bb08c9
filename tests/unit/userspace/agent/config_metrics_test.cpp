#include "userspace/agent/config_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::agent {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(ConfigurationMetrics, CountReloadsByWhatCameOfThem) {
  ConfigMetrics metrics;
  metrics.reloaded(Reload::kApplied);
  metrics.reloaded(Reload::kRefused);
  metrics.reloaded(Reload::kRefused);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_reloads_total{result=\"applied\"} 1\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_reloads_total{result=\"refused\"} 2\n"));
}

TEST(ConfigurationMetrics, TellWhetherTheManifestsOnDiskAreInForce) {
  ConfigMetrics metrics;
  metrics.reloaded(Reload::kRefused);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_last_reload_successful 0\n"));
  metrics.reloaded(Reload::kUnchanged);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_last_reload_successful 1\n"));
}

TEST(ConfigurationMetrics, WhatIsRefusedMayChangeWithoutAnApply) {
  ConfigMetrics metrics;
  metrics.applied(7, 1ms, 2);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_refused_resources 2\n"));
  metrics.refused(0);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_refused_resources 0\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_config_apply_seconds_count 1\n"));
}

TEST(ConfigurationMetrics, BucketsOfTheApplyTimeAreCumulativeAndClosedAbove) {
  ConfigMetrics metrics;
  metrics.applied(7, 1ms, 2);  // a bound itself belongs to its bucket
  metrics.applied(8, 20ms, 0);
  metrics.applied(9, 6s, 0);
  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("sluice_config_apply_seconds_bucket{le=\"0.001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("sluice_config_apply_seconds_bucket{le=\"0.025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sluice_config_apply_seconds_bucket{le=\"5\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("sluice_config_apply_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("sluice_config_apply_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("sluice_config_generation{state=\"applied\"} 9\n"));
}

}  // namespace
}  // namespace sluice::agent
