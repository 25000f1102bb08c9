// The server name of real ClientHellos, however they are cut; and what is no ClientHello.
#include "userspace/passthrough/client_hello.h"

#include <gtest/gtest.h>

#include "tests/unit/userspace/passthrough/hellos.h"

namespace sluice::passthrough {
namespace {

using test::CapturedHello;
using test::extension;
using test::hello_message;
using test::record;
using test::server_name;

class CapturedHelloTest : public testing::TestWithParam<CapturedHello> {
 protected:
  void SetUp() override { ASSERT_GT(bytes_.size(), 200); }
  void expect_name(const Hello& hello, std::size_t size) const {
    EXPECT_EQ(hello.state, GetParam().server_name.empty() ? HelloState::kNoName : HelloState::kName);
    EXPECT_EQ(hello.server_name, GetParam().server_name);
    EXPECT_EQ(hello.size, size);
  }
  std::string bytes_ = test::captured(GetParam().file);
};

TEST_P(CapturedHelloTest, GivesItsName) {
  expect_name(read_client_hello(bytes_), bytes_.size());
}

TEST_P(CapturedHelloTest, WantsMoreAfterEveryPrefixAndNeverMoreThanThereIs) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    const Hello hello = read_client_hello(std::string_view(bytes_).substr(0, size));
    ASSERT_EQ(hello.state, HelloState::kMore) << size;
    ASSERT_GT(hello.size, size);
    ASSERT_LE(hello.size, bytes_.size());
  }
}

TEST_P(CapturedHelloTest, MayBeSplitOverTwoRecordsAtEveryPoint) {
  const std::string message = test::message_of(bytes_);
  for (std::size_t at = 1; at < message.size(); ++at) {
    const std::string cut = record(message.substr(0, at)) + record(message.substr(at));
    expect_name(read_client_hello(cut), cut.size());
    const Hello partial = read_client_hello(std::string_view(cut).substr(0, cut.size() - 1));
    ASSERT_EQ(partial.state, HelloState::kMore) << at;
  }
}

TEST_P(CapturedHelloTest, MayComeInRecordsOfAnySize) {
  for (const std::size_t size : {1, 2, 3, 5, 64, 500}) {
    const std::string cut = test::in_records(test::message_of(bytes_), size);
    expect_name(read_client_hello(cut), cut.size());
  }
}

TEST_P(CapturedHelloTest, EndsBeforeWhatFollowsIt) {
  expect_name(read_client_hello(bytes_ + "early data"), bytes_.size());
}

INSTANTIATE_TEST_SUITE_P(Clients, CapturedHelloTest, testing::ValuesIn(test::kCaptured), [](const auto& tested) {
  std::string name(tested.param.file);
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST(ClientHello, OfNearlyTheBoundIsRead) {
  const std::string large = hello_message(extension(21, std::string(60000, 'p')) + server_name("large.example"));
  const Hello hello = read_client_hello(test::in_records(large, 16384));
  EXPECT_EQ(hello.state, HelloState::kName);
  EXPECT_EQ(hello.server_name, "large.example");
}

TEST(ClientHello, NamesAreLowerCaseWithoutTheLastDot) {
  EXPECT_EQ(read_client_hello(record(hello_message(server_name("WWW.Example.COM.")))).server_name, "www.example.com");
}

struct Broken {
  const char* what;
  std::string bytes;
  HelloError error;
};

class BrokenHelloTest : public testing::TestWithParam<Broken> {};

TEST_P(BrokenHelloTest, IsRefusedByName) {
  const Hello hello = read_client_hello(GetParam().bytes);
  EXPECT_EQ(hello.state, HelloState::kError);
  EXPECT_EQ(name(hello.error), name(GetParam().error));
  EXPECT_EQ(hello.server_name, "");
}

std::string named(std::string_view name) {
  return record(hello_message(server_name(name)));
}
std::string with_length(std::string message, std::size_t at, char value) {
  message[at] = value;
  return record(message);
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenHelloTest,
    testing::Values(
        Broken{"http", "GET / HTTP/1.1\r\n\r\n", HelloError::kNotTls},
        Broken{"ssl2", std::string("\x80\x2e\x01\x00\x02", 5), HelloError::kNotTls},
        Broken{"version", std::string("\x16\x02", 2), HelloError::kNotTls},
        Broken{"alert_record", std::string("\x15\x03\x01\x00\x02\x01\x00", 7), HelloError::kNotTls},
        Broken{"empty_record", std::string("\x16\x03\x01\x00\x00", 5), HelloError::kBadRecord},
        Broken{"long_record", std::string("\x16\x03\x01\x40\x01", 5), HelloError::kBadRecord},
        Broken{"second_record_of_another_type",
               record(hello_message("").substr(0, 8)) + std::string("\x17\x03\x03\x00\x01x", 6),
               HelloError::kBadRecord},
        Broken{"server_hello", record(std::string("\x02\x00\x00\x01x", 5)), HelloError::kNotClientHello},
        Broken{"server_hello_by_its_first_byte", record("\x02"), HelloError::kNotClientHello},
        Broken{"message_over_the_bound", record(std::string("\x01\x01\x00\x00", 4)), HelloError::kTooLarge},
        Broken{"records_over_the_bound",
               test::in_records(std::string("\x01\x00\xff\x00", 4) + std::string(20000, 'x'), 1),
               HelloError::kTooLarge},
        Broken{"long_session_id", with_length(hello_message(""), 4 + 34, 33), HelloError::kBadLength},
        Broken{"no_suites", with_length(hello_message(""), 4 + 36, 0), HelloError::kBadLength},
        Broken{"extensions_too_long", with_length(hello_message(""), 4 + 42, 9), HelloError::kBadLength},
        Broken{"extension_cut", record(hello_message(std::string("\x00\x0a\x00\x08x", 5))), HelloError::kBadLength},
        Broken{"empty_name_list", record(hello_message(extension(0, std::string("\0\0", 2)))), HelloError::kBadLength},
        Broken{"trailing_bytes_in_server_name",
               record(hello_message(extension(0, server_name("a.example").substr(4) + "x"))), HelloError::kBadLength},
        Broken{"server_name_twice", record(hello_message(server_name("a.example") + server_name("a.example"))),
               HelloError::kDuplicateName},
        Broken{"empty_name", named(""), HelloError::kBadName},
        Broken{"ends_in_a_number", named("a.example.1"), HelloError::kBadName},
        Broken{"five_numbers", named("192.0.2.1.1"), HelloError::kBadName},
        Broken{"nul_in_name", named(std::string_view("a\0.example", 10)), HelloError::kBadName},
        Broken{"wildcard_as_name", named("*.example.com"), HelloError::kBadName},
        Broken{"empty_label", named("a..example"), HelloError::kBadName},
        Broken{"long_label", named(std::string(64, 'a') + ".example"), HelloError::kBadName},
        Broken{"slash", named("a/b.example"), HelloError::kBadName},
        Broken{"only_a_dot", named("."), HelloError::kBadName}),
    [](const auto& tested) { return tested.param.what; });

TEST(ClientHello, AnAddressInThePlaceOfANameIsNone) {
  for (const char* address : {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    const Hello hello = read_client_hello(named(address));
    EXPECT_EQ(hello.state, HelloState::kNoName) << address;
    EXPECT_EQ(hello.server_name, "");
  }
}

TEST(ServerName, IsOfAtMost253Bytes) {
  std::string name;
  while (name.size() < 252) name += "a.";
  EXPECT_EQ(canonical_server_name(name + "b"), name + "b");
  EXPECT_EQ(canonical_server_name(name + "bb"), "");
}

TEST(ServerName, MayHaveUnderscoresAndDigits) {
  EXPECT_EQ(canonical_server_name("_dmarc.x-1.example2"), "_dmarc.x-1.example2");
  EXPECT_EQ(canonical_server_name("-a.example"), "");
}

}  // namespace
}  // namespace sluice::passthrough
