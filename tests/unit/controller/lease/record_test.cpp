#include "controller/lease/record.h"

#include <gtest/gtest.h>

namespace sluice::lease {
namespace {

const std::string kLease = R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"x",)"
                           R"("namespace":"s","uid":"u","resourceVersion":"7","labels":{"l":"1"},)"
                           R"("annotations":{"theirs":"2"},"managedFields":[{}],"ownerReferences":[{"name":"n"}]},)"
                           R"("spec":{"holderIdentity":"a","leaseDurationSeconds":15,)"
                           R"("acquireTime":"2026-11-25T12:00:00.000000Z","renewTime":"2026-11-25T12:00:02.5Z",)"
                           R"("leaseTransitions":3,"strategy":"OldestEmulationVersion"}})";

TEST(Record, HasWhatHoldingALeaseNeeds) {
  const auto record = read_record(kLease);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->resource_version, "7");
  EXPECT_EQ(record->holder, "a");
  EXPECT_EQ(record->duration_seconds, 15);
  EXPECT_EQ(record->renew_time, "2026-11-25T12:00:02.5Z");
  EXPECT_EQ(record->transitions, 3);
  EXPECT_EQ(record->labels.at("l"), "1");
  EXPECT_EQ(record->annotations.at("theirs"), "2");
}

TEST(Record, WritesBackWhatItDoesNotKnow) {
  auto record = *read_record(kLease);
  record.holder = "b";
  record.transitions = 4;
  record.annotations["ours"] = "3";
  const std::string text = to_json(record, "s", "x");
  const auto again = *read_record(text);
  EXPECT_EQ(again.holder, "b");
  EXPECT_EQ(again.transitions, 4);
  EXPECT_EQ(again.annotations, (std::map<std::string, std::string>{{"ours", "3"}, {"theirs", "2"}}));
  EXPECT_EQ(again.resource_version, "7");
  EXPECT_NE(text.find("ownerReferences"), std::string::npos);
  EXPECT_NE(text.find("OldestEmulationVersion"), std::string::npos);
  EXPECT_EQ(text.find("managedFields"), std::string::npos);
}

TEST(Record, ALeaseWithoutASpecIsNobodys) {
  const auto record = read_record(R"({"metadata":{"resourceVersion":"1"}})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->holder, "");
  EXPECT_EQ(record->duration_seconds, 0);
}

TEST(Record, OtherTextIsNone) {
  for (const char* text : {"", "[]", "{}", R"({"metadata":{}})", R"({"metadata":{"resourceVersion":7}})"}) {
    EXPECT_FALSE(read_record(text)) << text;
  }
  const auto odd = read_record(R"({"metadata":{"resourceVersion":"1"},"spec":{"leaseDurationSeconds":"x"}})");
  EXPECT_EQ(odd->duration_seconds, 0);
}

TEST(Record, TimesHaveMicroseconds) {
  EXPECT_EQ(micro_time(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(micro_time(1'764'075'902'000'042), "2025-11-25T13:05:02.000042Z");
}

}  // namespace
}  // namespace sluice::lease
