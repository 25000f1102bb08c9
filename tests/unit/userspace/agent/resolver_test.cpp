#include "userspace/agent/resolver.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>

namespace sluice::agent {
namespace {

using namespace std::chrono_literals;

/// What a resolver has told, by name. localhost is answered without any name server (RFC 6761, 6.3).
class Answers {
 public:
  void take(const std::string& name, const Resolution& resolution) {
    const std::scoped_lock lock(mutex_);
    last_[name] = resolution;
    ++told_[name];
    changed_.notify_all();
  }

  bool wait(const std::string& name, unsigned times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 5s, [&] { return told_[name] >= times; });
  }

  std::vector<std::string> addresses(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    return last_[name].addresses;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Resolution> last_;
  std::map<std::string, unsigned> told_;
};

TEST(Resolver, ANameThatIsWatchedIsTold) {
  Answers answers;
  Resolver resolver([&](const auto& name, const auto& resolution) { answers.take(name, resolution); });
  resolver.watch({"localhost"});
  ASSERT_TRUE(answers.wait("localhost", 1));
  EXPECT_FALSE(answers.addresses("localhost").empty());
}

TEST(Resolver, ANameThatWasNotWatchedForAMomentIsToldAgain) {
  Answers answers;
  Resolver resolver([&](const auto& name, const auto& resolution) { answers.take(name, resolution); });
  resolver.watch({"localhost"});
  ASSERT_TRUE(answers.wait("localhost", 1));
  // Who watches has forgotten the answer meanwhile, whether or not the resolver has looked in between.
  for (unsigned round = 2; round < 100; ++round) {
    resolver.watch({});
    resolver.watch({"localhost"});
    ASSERT_TRUE(answers.wait("localhost", round)) << round;
  }
}

}  // namespace
}  // namespace sluice::agent
