#include <gtest/gtest.h>

#include "controller/api/schema/passes.h"

namespace sluice::api {
namespace {

TEST(SchemaFormat, DateTimeIsRfc3339) {
  for (const auto* text : {"2026-11-24T23:40:50Z", "2024-02-29T00:00:00.123456+01:00", "1970-01-01t00:00:60z"}) {
    EXPECT_TRUE(fits_format("date-time", text)) << text;
  }
  for (const auto* text :
       {"", "2026-11-24", "2025-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T23:40:50",
        "2026-11-24T23:40:50.Z", "2026-11-24 23:40:50Z", "2026-11-24T23:40:50Zx", "26-11-24T23:40:50Z"}) {
    EXPECT_FALSE(fits_format("date-time", text)) << text;
  }
}

TEST(SchemaFormat, AddressesAreOfTheirFamily) {
  EXPECT_TRUE(fits_format("ipv4", "192.0.2.1"));
  EXPECT_FALSE(fits_format("ipv4", "2001:db8::1"));
  EXPECT_FALSE(fits_format("ipv4", "192.0.2.01"));
  EXPECT_FALSE(fits_format("ipv4", std::string_view("192.0.2.1\0x", 11)));
  EXPECT_TRUE(fits_format("ipv6", "2001:db8::1"));
  EXPECT_FALSE(fits_format("ipv6", "192.0.2.1"));
}

TEST(SchemaFormat, ByteIsBase64) {
  EXPECT_TRUE(fits_format("byte", "Zm8="));
  EXPECT_FALSE(fits_format("byte", "Zm8"));
}

TEST(SchemaFormat, AnUnknownFormatFits) {
  EXPECT_TRUE(fits_format("uri", "anything"));
}

}  // namespace
}  // namespace sluice::api
