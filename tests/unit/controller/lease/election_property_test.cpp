// Contenders whose requests are late, lost or lost on the way back, who stop and start: never two hold the Lease at one
// time, each new holder has a higher epoch, and somebody always gets it again.
#include <gtest/gtest.h>

#include <random>

#include "controller/lease/election.h"

namespace sluice::lease {
namespace {

using namespace std::chrono_literals;
using Time = Election::Time;

/// One Lease with the API server's optimistic concurrency.
class Server {
 public:
  [[nodiscard]] const std::optional<Record>& read() const { return record_; }
  /// nullopt: a conflict.
  std::optional<Record> write(Record record) {
    const std::string& known = record_ ? record_->resource_version : kNone;
    if (record.resource_version != known) return std::nullopt;
    if (record_ && record_->holder != record.holder && !record.holder.empty()) {
      EXPECT_GT(record.transitions, record_->transitions);
    }
    record.resource_version = std::to_string(++version_);
    record_ = record;
    return record;
  }

 private:
  const std::string kNone;
  std::optional<Record> record_;
  int version_ = 0;
};

/// One process; its request takes some time each way, and may be lost.
class Contender {
 public:
  explicit Contender(const std::string& name) : name_(name) { start(); }

  void start() { election_.emplace(LeaseOptions{.name = "l", .identity = name_ + "-" + std::to_string(++life_)}); }
  void kill() {
    election_.reset();
    asked_.reset();
  }
  [[nodiscard]] bool is_up() const { return election_.has_value(); }
  [[nodiscard]] bool holds(Time now) const { return election_ && election_->holds(now); }

  void step(Server& server, Time now, std::minstd_rand& random) {
    if (!election_) return;
    const auto chance = [&](unsigned in) { return random() % in == 0; };
    if (asked_ && now >= answer_at_) {
      if (answer_ && !chance(5)) election_->wrote(*answer_, *asked_);
      asked_.reset();
      next_ = now + 2s;
    }
    if (asked_ || now < next_) return;
    next_ = now + 2s;
    if (chance(4)) return;  // lost
    election_->saw(server.read(), now);
    auto bid = election_->bid(now, std::to_string(now.time_since_epoch().count()));
    if (!bid) return;
    asked_ = now;
    answer_ = server.write(*std::move(bid));
    answer_at_ = now + std::chrono::milliseconds(random() % 4000);
  }

 private:
  std::string name_;
  int life_ = 0;
  std::optional<Election> election_;
  std::optional<Time> asked_;
  std::optional<Record> answer_;
  Time answer_at_{}, next_{};
};

TEST(ElectionProperty, NeverTwoHoldItAndSomebodyAlwaysGetsItAgain) {
  std::minstd_rand random(7);
  Server server;
  std::vector<Contender> all{Contender("a"), Contender("b"), Contender("c")};
  Time now{std::chrono::hours(1)};
  Time held = now;
  int changes = 0;
  std::string last;
  for (int i = 0; i < 200'000 && !testing::Test::HasFailure(); ++i) {
    now += 100ms;
    int holders = 0;
    for (auto& one : all) {
      one.step(server, now, random);
      holders += one.holds(now) ? 1 : 0;
      if (random() % 2000 == 0) one.kill();
      if (!one.is_up() && random() % 100 == 0) one.start();
    }
    EXPECT_LE(holders, 1) << "at step " << i;
    if (holders > 0) held = now;
    EXPECT_LT(now - held, 120s) << "nobody gets it, step " << i;
    if (server.read() && server.read()->holder != last) {
      last = server.read()->holder;
      ++changes;
    }
  }
  EXPECT_GT(changes, 50);
}

}  // namespace
}  // namespace sluice::lease
