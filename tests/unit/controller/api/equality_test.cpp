#include "controller/api/equality.h"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

HttpRoute route() {
  HttpRoute out;
  out.metadata.name = "web";
  out.spec.hostnames = {"shop.example"};
  out.spec.rules.resize(2);
  out.spec.rules[1].matches.emplace_back().path = HttpPathMatch{"Exact", "/a"};
  out.spec.rules[1].filters.emplace_back().type = "URLRewrite";
  out.spec.rules[1].filters[0].url_rewrite.emplace().path = HttpPathModifier{"ReplaceFullPath", "/b", std::nullopt};
  return out;
}

TEST(Equality, EqualObjectsAreTheSame) {
  EXPECT_TRUE(same(route(), route()));
}

TEST(Equality, ADifferenceAtAnyDepthIsSeen) {
  const auto differs = [](auto change) {
    HttpRoute other = route();
    change(other);
    return !same(route(), other);
  };
  EXPECT_TRUE(differs([](HttpRoute& r) { r.metadata.labels["a"] = "b"; }));
  EXPECT_TRUE(differs([](HttpRoute& r) { r.spec.hostnames.clear(); }));
  EXPECT_TRUE(differs([](HttpRoute& r) { r.spec.rules[1].matches[0].path->value = "/c"; }));
  EXPECT_TRUE(differs([](HttpRoute& r) { r.spec.rules[1].matches[0].path.reset(); }));
  EXPECT_TRUE(differs([](HttpRoute& r) { r.spec.rules[1].filters[0].url_rewrite->path->replace_full_path = "/c"; }));
  EXPECT_TRUE(differs([](HttpRoute& r) { r.spec.rules.emplace_back(); }));
}

TEST(Equality, SecretsDifferByTheirValues) {
  Secret a;
  a.data["tls.key"] = "1";
  Secret b = a;
  EXPECT_TRUE(same(a, b));
  b.data["tls.key"] = "2";
  EXPECT_FALSE(same(a, b));
}

}  // namespace
}  // namespace sluice::api
