// A packet test's ground: a gateway of one build and one family, and short names for who takes part.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <map>
#include <tuple>

#include "tests/bpf/gateway.h"

namespace sluice::test {

/// kNativeTcHelpers: TC as on a kernel that rewrites by the checksum helpers (bpf/lib/nat_helpers.h).
enum class Kind { kTc, kXdp, kNativeTc, kNativeXdp, kNativeTcHelpers };

/// The builds that this test program has (kernel ones: tests/bpf; native ones alone: tests/unit/bpf).
std::vector<Kind> kinds();
std::unique_ptr<Build> make_build(Kind kind);

using Parameter = std::tuple<Kind, family>;

inline auto every_build() {
  return ::testing::Combine(::testing::ValuesIn(kinds()), ::testing::Values(FAMILY_V4, FAMILY_V6));
}

/// For what only the native build can be told.
inline auto native_builds() {
  return ::testing::Combine(::testing::Values(Kind::kNativeTc, Kind::kNativeXdp, Kind::kNativeTcHelpers),
                            ::testing::Values(FAMILY_V4, FAMILY_V6));
}

inline std::string name_of(const ::testing::TestParamInfo<Parameter>& info) {
  static const char* const names[] = {"Tc", "Xdp", "NativeTc", "NativeXdp", "NativeTcHelpers"};
  return std::string(names[static_cast<int>(std::get<0>(info.param))]) +
         (std::get<1>(info.param) == FAMILY_V4 ? "Ip4" : "Ip6");
}

class Scenario : public ::testing::TestWithParam<Parameter> {
 protected:
  [[nodiscard]] Endpoint vip(std::uint16_t port) const { return gateway.addresses.vip(port); }
  [[nodiscard]] Endpoint snat(std::uint16_t port) const { return gateway.addresses.snat(port); }
  [[nodiscard]] Endpoint host(int number) const { return gateway.addresses.backend(number); }
  /// The index of backend `number`, added when first named.
  std::uint32_t backend(int number) {
    if (!backends_.contains(number)) backends_[number] = gateway.add_backend(host(number));
    return backends_[number];
  }
  [[nodiscard]] bool is_v4() const { return gateway.addresses.kind == FAMILY_V4; }
  [[nodiscard]] bool is_xdp() const {
    return std::get<0>(GetParam()) == Kind::kXdp || std::get<0>(GetParam()) == Kind::kNativeXdp;
  }
  [[nodiscard]] const char* flows() const { return is_v4() ? "flows4" : "flows6"; }
  [[nodiscard]] const char* half() const { return is_v4() ? "half4" : "half6"; }

  Gateway gateway{make_build(std::get<0>(GetParam())), std::get<1>(GetParam())};
  const Endpoint client = gateway.addresses.client();

 private:
  std::map<int, std::uint32_t> backends_;
};

}  // namespace sluice::test

/// Byte for byte.
#define EXPECT_SAME(got, want) EXPECT_EQ(::sluice::test::difference(got, want), "")
