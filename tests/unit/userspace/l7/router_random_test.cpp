// The indexed router beside the plainest reading of the same model: every entry in order of rank, asked one by one.
#include <gtest/gtest.h>

#include <random>

#include "model_builder.h"
#include "userspace/l7/tables.h"

namespace sluice::l7::test {
namespace {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
  template <class T>
  const T& of(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  std::string path(std::size_t depth) {
    std::string out;
    for (std::size_t i = below(depth + 1); i > 0; --i) out += "/" + of<std::string>({"a", "b", "ab", "c", ""});
    return out.empty() ? "/" : out;
  }

 private:
  std::mt19937 engine_;
};

const std::vector<std::string> kMethods{"GET", "POST", "BREW"};

model::v1::HttpHost random_host(Dice& dice, const std::string& hostname, const std::string& next) {
  HostBuilder host(hostname, next);
  for (std::size_t i = dice.below(30); i > 0; --i) {
    auto& match = host.rule(hostname + "#" + std::to_string(i));
    switch (dice.below(4)) {
      case 0:
        HostBuilder::set_path(match, model::v1::PathMatch::EXACT, dice.path(4));
        break;
      case 1:
        HostBuilder::set_path(match, model::v1::PathMatch::REGULAR_EXPRESSION, "/a[ab]?(/.*)?");
        break;
      case 2:
        break;
      default: {
        std::string prefix = dice.path(4);
        while (prefix.size() > 1 && prefix.ends_with('/')) prefix.pop_back();
        HostBuilder::set_path(match, model::v1::PathMatch::PREFIX, prefix);
      }
    }
    if (dice.chance(30)) match.set_method(dice.of(kMethods));
    if (dice.chance(40)) add_value(*match.add_headers(), "x-" + dice.of<std::string>({"a", "b"}), "1");
    if (dice.chance(30)) add_value(*match.add_query_params(), "q", dice.of<std::string>({"1", "2"}));
  }
  return host.build();
}

bool reference_path(const model::v1::PathMatch& match, const std::string& path) {
  if (match.type() == model::v1::PathMatch::EXACT) return match.value() == path;
  if (match.type() == model::v1::PathMatch::PREFIX) {
    const std::string with_slash = match.value() == "/" ? "/" : match.value() + "/";
    return path == match.value() || path.starts_with(with_slash);
  }
  return Entry::make([&] {
           model::v1::HttpEntry entry;
           *entry.mutable_match()->mutable_path() = match;
           return entry;
         }())
      ->matches_path(path);
}

bool reference_match(const model::v1::HttpMatch& match, const RequestView& request) {
  if (match.has_path() && !reference_path(match.path(), std::string(request.path))) return false;
  if (!match.method().empty() && match.method() != request.method) return false;
  for (const auto& wanted : match.headers()) {
    bool found = false;
    for (const auto& field : request.headers)
      found = found || (field.name == wanted.name() && field.value == wanted.value());
    if (!found) return false;
  }
  for (const auto& wanted : match.query_params()) {
    if (request.query != wanted.name() + "=" + wanted.value()) return false;
  }
  return true;
}

std::string reference(const std::vector<model::v1::HttpHost>& hosts, const RequestView& request) {
  for (const auto& host : hosts) {
    const bool takes = host.hostname().empty() || host.hostname() == request.host ||
                       (host.hostname().starts_with("*") && request.host.ends_with(host.hostname().substr(1)));
    if (!takes) continue;
    for (const auto& entry : host.entries()) {
      if (reference_match(entry.match(), request)) {
        return host.actions(static_cast<int>(entry.action())).route().name();
      }
    }
  }
  return "none";
}

TEST(RouterBesideReference, RandomTablesAndRequestsGetTheSameRule) {
  Dice dice(20261124);
  std::size_t hits = 0;
  for (int round = 0; round < 200; ++round) {
    ModelBuilder model;
    model.listen("gw", 80);
    const std::vector<model::v1::HttpHost> hosts{random_host(dice, "x.a.test", "host/gw/*.a.test"),
                                                 random_host(dice, "*.a.test", "host/gw/-"), random_host(dice, "", "")};
    for (const auto& host : hosts) model.host(host);
    const auto tables = TablesBuilder().build(model.store());
    const RouteTable& table = *tables->frontends().begin()->second;
    for (int request = 0; request < 500; ++request) {
      std::vector<Field> headers;
      if (dice.chance(50)) headers.push_back({"x-a", "1"});
      if (dice.chance(50)) headers.push_back({"x-b", "1"});
      const std::string path = dice.path(6);
      const RequestView view{.method = dice.of(kMethods),
                             .host = dice.of<std::string_view>({"x.a.test", "y.a.test", "b.test"}),
                             .path = path,
                             .query = dice.of<std::string_view>({"", "q=1", "q=2"}),
                             .headers = headers};
      const Decision decision = table.route(view);
      const std::string got = decision.action == nullptr ? "none" : decision.action->route.name();
      ASSERT_EQ(got, reference(hosts, view))
          << "round " << round << " " << view.method << " " << view.host << view.path;
      hits += got != "none";
    }
  }
  EXPECT_GT(hits, 50000U) << "most requests must reach a rule, or nothing is compared";
}

}  // namespace
}  // namespace sluice::l7::test
