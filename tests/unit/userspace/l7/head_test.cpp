#include "userspace/l7/head.h"

#include <gtest/gtest.h>

#include <cctype>
#include <map>
#include <string>

namespace sluice::l7 {
namespace {

const std::map<std::string, FieldId> kNames{{"Host", FieldId::kHost},
                                            {"Content-Length", FieldId::kContentLength},
                                            {"Transfer-Encoding", FieldId::kTransferEncoding},
                                            {"Connection", FieldId::kConnection},
                                            {"Keep-Alive", FieldId::kKeepAlive},
                                            {"Proxy-Connection", FieldId::kProxyConnection},
                                            {"TE", FieldId::kTe},
                                            {"Trailer", FieldId::kTrailer},
                                            {"Upgrade", FieldId::kUpgrade},
                                            {"HTTP2-Settings", FieldId::kHttp2Settings},
                                            {"Expect", FieldId::kExpect},
                                            {"Via", FieldId::kVia},
                                            {"Date", FieldId::kDate},
                                            {"Forwarded", FieldId::kForwarding},
                                            {"X-Real-IP", FieldId::kForwarding},
                                            {"X-Forwarded-For", FieldId::kForwarding},
                                            {"X-Forwarded-", FieldId::kForwarding},
                                            {"X-Forwarded-By-A-Name-Longer-Than-Any-Other", FieldId::kForwarding}};

TEST(HeadFields, EveryNameThatMeansSomethingIsFoundInAnyCase) {
  for (const auto& [name, id] : kNames) {
    EXPECT_EQ(identify(name), id) << name;
    std::string lower = name;
    std::string upper = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(identify(lower), id) << lower;
    EXPECT_EQ(identify(upper), id) << upper;
  }
}

TEST(HeadFields, AnUnderscoreInThePlaceOfAHyphenIsAnAlias) {
  for (const auto& [name, id] : kNames) {
    const auto hyphen = name.find('-');
    if (hyphen == std::string::npos) continue;
    std::string alias = name;
    alias[hyphen] = '_';
    EXPECT_EQ(identify(alias), FieldId::kAlias) << alias;
  }
}

TEST(HeadFields, NamesThatDifferInAnOctetOrInLengthGoThrough) {
  for (const auto& [name, id] : kNames) {
    if (id == FieldId::kForwarding) continue;  // a longer one may be forwarding, too
    EXPECT_EQ(identify(name + "s"), FieldId::kOther) << name;
    EXPECT_EQ(identify(name.substr(1)), FieldId::kOther) << name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string other = name;
      other[i] = other[i] == '!' ? '#' : '!';
      EXPECT_EQ(identify(other), FieldId::kOther) << other;
    }
  }
  for (const char* name : {"", "X", "X-Forwarded", "X-Request-Id", "Content-Type", "Server", "\xc8ost"}) {
    EXPECT_EQ(identify(name), FieldId::kOther) << name;
  }
}

}  // namespace
}  // namespace sluice::l7
