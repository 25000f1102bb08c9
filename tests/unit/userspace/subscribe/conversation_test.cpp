// What a node says to a controller that says what the test has it say.
#include "userspace/subscribe/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sluice/control.h"
#include "userspace/subscribe/epoch_guard.h"

namespace sluice::subscribe {
namespace {

using control::v1::ControllerMessage;
using control::v1::NodeMessage;
using ::testing::HasSubstr;
using ::testing::SizeIs;

ControllerMessage welcome() {
  ControllerMessage out;
  out.mutable_welcome();
  return out;
}

ControllerMessage ask(std::uint64_t hello) {
  ControllerMessage out;
  out.mutable_ask()->set_hello(hello);
  return out;
}

ControllerMessage heartbeat(std::uint64_t current) {
  ControllerMessage out;
  out.mutable_heartbeat()->set_hello(current);
  return out;
}

std::string resource(const std::string& name, std::size_t padding = 0) {
  model::v1::Resource out;
  out.set_name(name);
  out.mutable_backend()->set_reason(std::string(padding, 'x'));
  return out.SerializeAsString();
}

ControllerMessage part(std::uint64_t hello, const std::vector<std::string>& changed, bool is_last = true) {
  ControllerMessage out;
  out.mutable_part()->set_hello(hello);
  out.mutable_part()->set_transaction(1);
  for (const auto& bytes : changed) out.mutable_part()->add_changed(bytes);
  if (is_last) out.mutable_part()->mutable_end()->set_generation(9);
  return out;
}

model::Snapshot snapshot(std::uint64_t generation, const std::vector<std::string>& names) {
  model::Snapshot out{generation, {}};
  for (const auto& name : names) {
    auto made = std::make_shared<model::v1::Resource>();
    made->set_name(name);
    made->set_hash(std::string(32, 'h'));
    out.resources.push_back(made);
  }
  return out;
}

class ConversationTest : public ::testing::Test {
 protected:
  template <class T>
  std::optional<T> hear(const ControllerMessage& message) {
    auto heard = conversation.receive(message);
    if (!heard) {
      error = heard.error();
      return std::nullopt;
    }
    auto* expected = std::get_if<T>(&*heard);
    return expected != nullptr ? std::optional<T>(std::move(*expected)) : std::nullopt;
  }
  std::vector<NodeMessage> said() {
    std::vector<NodeMessage> out;
    while (auto message = conversation.next(epoch)) out.push_back(*std::move(message));
    return out;
  }
  /// Hello number 1 has been said, holding these.
  void begin(const std::vector<std::string>& names = {}) {
    EXPECT_TRUE(hear<Conversation::Welcome>(welcome()));
    conversation.hold(1, snapshot(5, names));
    const auto messages = said();
    ASSERT_THAT(messages, SizeIs(1));
    ASSERT_TRUE(messages[0].has_hello());
  }

  Conversation conversation{"n", std::size_t{1} << 20};
  control::v1::Epoch epoch;
  std::string error;
};

TEST_F(ConversationTest, SaysNothingBeforeItKnowsWhatIsHeld) {
  EXPECT_TRUE(hear<Conversation::Welcome>(welcome()));
  conversation.beat();
  EXPECT_THAT(said(), SizeIs(0));
  conversation.hold(1, snapshot(5, {"backend/a", "source/n"}));
  const auto messages = said();
  ASSERT_THAT(messages, SizeIs(2));
  const auto& hello = messages[0].hello();
  EXPECT_EQ(hello.node(), "n");
  EXPECT_EQ(hello.number(), 1);
  EXPECT_EQ(hello.generation(), 5);
  control::HoldingDigest digest;
  digest.add("backend/a", std::string(32, 'h'));
  EXPECT_EQ(hello.digest(), control::with_source(digest.take(), std::string(32, 'h')));
  EXPECT_TRUE(messages[1].has_heartbeat());
}

TEST_F(ConversationTest, TellsAllThatItHoldsWhenAsked) {
  std::vector<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.push_back("backend/" + std::string(40, 'n') + std::to_string(i));
  begin(names);
  EXPECT_TRUE(hear<Conversation::Nothing>(ask(1)));
  const auto messages = said();
  EXPECT_GT(messages.size(), 2U);
  std::vector<std::string> told;
  for (const auto& message : messages) {
    EXPECT_LT(message.ByteSizeLong(), static_cast<std::size_t>(control::kMessageLimit));
    EXPECT_EQ(message.holding().last(), &message == &messages.back());
    for (const auto& item : message.holding().items()) told.push_back(item.name());
  }
  EXPECT_EQ(told, names);
}

TEST_F(ConversationTest, AnEmptyNodeTellsThatItIsEmpty) {
  begin();
  EXPECT_TRUE(hear<Conversation::Nothing>(ask(1)));
  const auto messages = said();
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_TRUE(messages[0].holding().last());
}

TEST_F(ConversationTest, ATransactionIsGivenWhenItIsWhole) {
  begin();
  const auto long_one = resource("backend/a", 1000);
  EXPECT_TRUE(hear<Conversation::Nothing>(part(1, {resource("backend/b"), long_one.substr(0, 100)}, false)));
  auto middle = part(1, {long_one.substr(100, 200)}, false);
  middle.mutable_part()->set_continues(true);
  EXPECT_TRUE(hear<Conversation::Nothing>(middle));
  auto last = part(1, {long_one.substr(300), resource("backend/c")});
  last.mutable_part()->set_continues(true);
  last.mutable_part()->add_removed("backend/d");
  last.mutable_part()->mutable_end()->set_base_generation(5);
  const auto transaction = hear<Transaction>(last);
  ASSERT_TRUE(transaction) << error;
  EXPECT_EQ(transaction->hello, 1);
  EXPECT_EQ(transaction->number, 1);
  EXPECT_EQ(transaction->delta.base_generation(), 5);
  EXPECT_EQ(transaction->delta.generation(), 9);
  ASSERT_THAT(transaction->delta.changed(), SizeIs(3));
  EXPECT_EQ(transaction->delta.changed(1).SerializeAsString(), long_one);
  EXPECT_EQ(transaction->delta.removed(0), "backend/d");
}

TEST_F(ConversationTest, ItIsCurrentWhenItsHelloIsSaidToHaveAllOrATransactionIsInForce) {
  EXPECT_TRUE(hear<Conversation::Welcome>(welcome()));
  EXPECT_TRUE(hear<Conversation::Nothing>(heartbeat(0)));
  EXPECT_FALSE(conversation.is_current()) << "nobody knows yet what it holds";
  conversation.hold(1, snapshot(5, {}));
  conversation.applied({1, 0, 5, {}});
  EXPECT_TRUE(hear<Conversation::Nothing>(heartbeat(0)));
  EXPECT_FALSE(conversation.is_current());
  EXPECT_TRUE(hear<Conversation::Nothing>(heartbeat(1)));
  EXPECT_TRUE(conversation.is_current());
  EXPECT_TRUE(hear<Conversation::Nothing>(heartbeat(0)));
  EXPECT_TRUE(conversation.is_current()) << "more comes, as ever";
  conversation.hold(2, snapshot(5, {}));
  EXPECT_TRUE(hear<Conversation::Nothing>(heartbeat(1)));
  EXPECT_FALSE(conversation.is_current());
  said();
  ASSERT_TRUE(hear<Transaction>(part(2, {resource("backend/a")})));
  EXPECT_FALSE(conversation.is_current()) << "it is not in force yet";
  conversation.applied({2, 1, 9, {}});
  EXPECT_TRUE(conversation.is_current());
}

TEST_F(ConversationTest, WhatWasMadeForAnEarlierHelloIsVoid) {
  begin();
  EXPECT_TRUE(hear<Conversation::Nothing>(part(1, {resource("backend/a")}, false)));
  conversation.hold(2, snapshot(7, {}));
  EXPECT_TRUE(hear<Conversation::Nothing>(part(1, {resource("backend/b")})));
  said();
  EXPECT_TRUE(hear<Conversation::Nothing>(part(1, {resource("backend/c")})));
  EXPECT_TRUE(hear<Conversation::Nothing>(ask(1)));
  EXPECT_THAT(said(), SizeIs(0));
  const auto transaction = hear<Transaction>(part(2, {resource("backend/d")}));
  ASSERT_TRUE(transaction) << error;
  EXPECT_THAT(transaction->delta.changed(), SizeIs(1));
}

TEST_F(ConversationTest, AcknowledgesWithAllThatIsRefused) {
  begin();
  ASSERT_TRUE(hear<Transaction>(part(1, {resource("backend/a")})));
  std::map<std::string, std::string> refused;
  for (int i = 0; i < 1000; ++i) refused["backend/" + std::to_string(i)] = std::string(2000, 'r');
  epoch.set_transitions(4);
  conversation.applied({1, 1, 9, refused});
  const auto messages = said();
  EXPECT_GT(messages.size(), 3U);
  std::size_t told = 0;
  for (const auto& message : messages) {
    EXPECT_EQ(message.ack().transaction(), 1);
    EXPECT_EQ(message.ack().generation(), 9);
    EXPECT_EQ(message.ack().epoch().transitions(), 4);
    EXPECT_EQ(message.ack().last(), &message == &messages.back());
    told += static_cast<std::size_t>(message.ack().refused_size());
    EXPECT_EQ(message.ack().refused(0).reason().size(), control::kReasonLimit);
  }
  EXPECT_EQ(told, 1000U);
  conversation.applied({1, 1, 9, {}});
  EXPECT_THAT(said(), SizeIs(1));
}

TEST_F(ConversationTest, OfManyAnswersTheLastIsTold) {
  begin();
  for (int i = 0; i < 100; ++i) {
    conversation.applied({1, 0, 5, {{"backend/a", std::to_string(i)}}});
    conversation.beat();
  }
  conversation.applied({0, 3, 5, {}});
  const auto messages = said();
  ASSERT_THAT(messages, SizeIs(2));
  EXPECT_EQ(messages[0].ack().refused(0).reason(), "99");
  EXPECT_TRUE(messages[1].has_heartbeat());
}

TEST_F(ConversationTest, ARedirectMayComeFirst) {
  ControllerMessage redirect;
  redirect.mutable_redirect()->set_leader("10.0.0.1:8443");
  const auto heard = hear<Conversation::Redirect>(redirect);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->leader, "10.0.0.1:8443");
}

TEST_F(ConversationTest, WhatIsNotOfTheProtocolIsAnError) {
  EXPECT_FALSE(conversation.receive(ask(1))) << "before Welcome";
  begin();
  EXPECT_FALSE(conversation.receive(welcome())) << "twice";
  auto nothing = part(1, {resource("backend/a")});
  nothing.mutable_part()->set_continues(true);
  EXPECT_FALSE(conversation.receive(nothing)) << "continues nothing";
  conversation.hold(2, snapshot(5, {}));
  said();
  EXPECT_FALSE(conversation.receive(part(2, {"\xff\xff\xff"}))) << "no resource";
  conversation.hold(3, snapshot(5, {}));
  said();
  const auto half = resource("backend/a", 700U << 10);
  EXPECT_TRUE(conversation.receive(part(3, {half}, false)));
  const auto too_long = conversation.receive(part(3, {half}));
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error(), HasSubstr("longer than"));
}

TEST(EpochGuard, RefusesALowerEpochWhileTheHigherIsRemembered) {
  EpochGuard guard(std::chrono::seconds(60));
  const EpochGuard::Clock::time_point begin{std::chrono::hours(1)};
  const auto epoch = [](std::uint64_t transitions, std::uint64_t sequence) {
    control::v1::Epoch out;
    out.set_transitions(transitions);
    out.set_sequence(sequence);
    return out;
  };
  EXPECT_TRUE(guard.take(epoch(3, 10), begin));
  EXPECT_TRUE(guard.take(epoch(3, 10), begin));
  EXPECT_FALSE(guard.take(epoch(3, 9), begin));
  EXPECT_TRUE(guard.take(epoch(4, 0), begin));
  EXPECT_FALSE(guard.take(epoch(3, 11), begin + std::chrono::seconds(59)));
  EXPECT_TRUE(guard.take(epoch(4, 1), begin + std::chrono::seconds(59)));
  EXPECT_FALSE(guard.take(epoch(3, 12), begin + std::chrono::seconds(118)));
  EXPECT_TRUE(guard.take(epoch(3, 13), begin + std::chrono::seconds(119))) << "who was above leads no more";
  EXPECT_EQ(guard.highest().transitions(), 3);
}

}  // namespace
}  // namespace sluice::subscribe
