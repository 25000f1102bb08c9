#include "userspace/l7/filter.h"

#include <gtest/gtest.h>

namespace sluice::l7 {
namespace {

struct PrefixCase {
  const char* path;
  const char* prefix;
  const char* replacement;
  const char* expected;
};

class ReplacePrefixMatch : public testing::TestWithParam<PrefixCase> {};

// The first ten rows are the table of HTTPPathModifier.ReplacePrefixMatch in the Gateway API's types.
INSTANTIATE_TEST_SUITE_P(
    Types, ReplacePrefixMatch,
    testing::Values(PrefixCase{"/foo/bar", "/foo", "/xyz", "/xyz/bar"},
                    PrefixCase{"/foo/bar", "/foo", "/xyz/", "/xyz/bar"},
                    PrefixCase{"/foo/bar", "/foo/", "/xyz", "/xyz/bar"},
                    PrefixCase{"/foo/bar", "/foo/", "/xyz/", "/xyz/bar"}, PrefixCase{"/foo", "/foo", "/xyz", "/xyz"},
                    PrefixCase{"/foo/", "/foo", "/xyz", "/xyz/"}, PrefixCase{"/foo/bar", "/foo", "", "/bar"},
                    PrefixCase{"/foo/", "/foo", "", "/"}, PrefixCase{"/foo", "/foo", "", "/"},
                    PrefixCase{"/foo/", "/foo", "/", "/"}, PrefixCase{"/foo", "/foo", "/", "/"},
                    PrefixCase{"/bar", "/", "/xyz", "/xyz/bar"}, PrefixCase{"/", "/", "/xyz", "/xyz/"},
                    PrefixCase{"/foo/bar", "/foo", "xyz", "/xyz/bar"}, PrefixCase{"/foo//bar", "/foo", "/", "//bar"}));

TEST_P(ReplacePrefixMatch, KeepsEverySlashAndDoublesNone) {
  const auto& [path, prefix, replacement, expected] = GetParam();
  std::string out;
  append_path({PathChange::Kind::kPrefix, replacement}, path, prefix, out);
  EXPECT_EQ(out, expected);
}

struct RedirectCase {
  const char* name;
  Redirect redirect;
  const char* request_scheme;
  std::uint16_t listener_port;
  const char* expected;
};

class RedirectLocation : public testing::TestWithParam<RedirectCase> {};

// GEP-726 and HTTPRequestRedirectFilter.Port.
INSTANTIATE_TEST_SUITE_P(
    Gep726, RedirectLocation,
    testing::Values(
        RedirectCase{"HostnameAlone", {.hostname = "example.org"}, "http", 80, "http://example.org/p/x?q=1"},
        RedirectCase{
            "ListenerPortWithoutScheme", {.hostname = "example.org"}, "http", 8080, "http://example.org:8080/p/x?q=1"},
        RedirectCase{"SchemeGivesItsWellKnownPort", {.scheme = "https"}, "http", 8080, "https://a.test/p/x?q=1"},
        RedirectCase{"SchemeHttpOnPort443IsNotItsOwn",
                     {.scheme = "http", .port = 443},
                     "https",
                     443,
                     "http://a.test:443/p/x?q=1"},
        RedirectCase{"HttpsListenerOn443", {.hostname = "b.test"}, "https", 443, "https://b.test/p/x?q=1"},
        RedirectCase{"PortGiven", {.port = 8443}, "http", 80, "http://a.test:8443/p/x?q=1"},
        RedirectCase{"Port80IsLeftOutForHttp", {.port = 80}, "http", 8080, "http://a.test/p/x?q=1"},
        RedirectCase{
            "Port443IsLeftOutForHttps", {.scheme = "https", .port = 443}, "http", 80, "https://a.test/p/x?q=1"},
        RedirectCase{"FullPath", {.path = {PathChange::Kind::kFull, "/new"}}, "http", 80, "http://a.test/new?q=1"},
        RedirectCase{"PrefixPath", {.path = {PathChange::Kind::kPrefix, "/n"}}, "http", 80, "http://a.test/n/x?q=1"}),
    [](const auto& named) { return std::string(named.param.name); });

TEST_P(RedirectLocation, IsDerivedFromFilterRequestAndListener) {
  std::string out;
  append_location(GetParam().redirect,
                  {.scheme = GetParam().request_scheme,
                   .host = "a.test",
                   .path = "/p/x",
                   .query = "q=1",
                   .prefix = "/p",
                   .port = GetParam().listener_port},
                  out);
  EXPECT_EQ(out, GetParam().expected);
}

TEST(RedirectOfTheServerAsAWhole, HasNoPath) {
  std::string out;
  append_location({.scheme = "https"}, {.scheme = "http", .host = "a.test", .path = "*", .port = 80}, out);
  EXPECT_EQ(out, "https://a.test");
}

FilterChain request_header(const std::string& name, const std::string& value) {
  model::v1::HttpFilter filter;
  auto& header = *filter.mutable_request_headers()->add_set();
  header.set_name(name);
  header.set_value(value);
  const std::vector<const model::v1::HttpFilter*> filters{&filter};
  return FilterChain::make(filters);
}

TEST(FilterChainMake, APathThatIsWrittenAsTextIsEncoded) {
  model::v1::HttpFilter filter;
  auto& path = *filter.mutable_rewrite()->mutable_path();
  const std::vector<const model::v1::HttpFilter*> filters{&filter};
  for (const auto& [written, sent] :
       {std::pair{"/a b", "/a%20b"}, std::pair{"/caf\xc3\xa9", "/caf%C3%A9"}, std::pair{"/a?b#c", "/a%3Fb%23c"},
        std::pair{"/100%/%7e", "/100%25/%7e"}, std::pair{"/a\r\nHost: b", "/a%0D%0AHost:%20b"},
        std::pair{"/~u/a;v=1,2@x:y", "/~u/a;v=1,2@x:y"}}) {
    path.set_replace_full_path(written);
    EXPECT_EQ(FilterChain::make(filters).rewrite->path.value, sent);
    path.set_replace_prefix_match(written);
    EXPECT_EQ(FilterChain::make(filters).rewrite->path.value, sent);
  }
}

TEST(FilterChainMake, RefusesWhatWouldFrameOrSplitAMessage) {
  EXPECT_EQ(request_header("X-A", "b").unsupported, "");
  EXPECT_NE(request_header("Transfer-Encoding", "chunked").unsupported, "");
  EXPECT_NE(request_header("content-length", "3").unsupported, "");
  EXPECT_NE(request_header("Host", "x").unsupported, "");
  EXPECT_NE(request_header("X-A", "b\r\nX-B: c").unsupported, "");
}

}  // namespace
}  // namespace sluice::l7
