// Paths, queries, versions, patches, events and errors: the words of the Kubernetes API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/kubernetes/api_request.h"
#include "controller/source/kubernetes/list_query.h"
#include "controller/source/kubernetes/resource_version.h"
#include "controller/source/kubernetes/watch_event.h"
#include "controller/source/kubernetes/watched_kind.h"

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Resource kRoutes{"gateway.networking.k8s.io", "v1", "httproutes"};
const Resource kSecrets{"", "v1", "secrets"};

TEST(ResourcePath, IsThatOfTheApi) {
  EXPECT_EQ(to_path({kRoutes, "", "", ""}), "/apis/gateway.networking.k8s.io/v1/httproutes");
  EXPECT_EQ(to_path({kRoutes, "shop", "cart", "status"}),
            "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart/status");
  EXPECT_EQ(to_path({kSecrets, "shop", "tls", ""}), "/api/v1/namespaces/shop/secrets/tls");
  EXPECT_EQ(to_path({kSecrets, "a/b", "c?d", ""}), "/api/v1/namespaces/a%2Fb/secrets/c%3Fd");
}

TEST(ListQuery, AListHasPagesAndTheLatestState) {
  const auto first = list_request({kRoutes, "", false}, 500, "");
  EXPECT_EQ(first.target, "/apis/gateway.networking.k8s.io/v1/httproutes?limit=500");
  EXPECT_EQ(first.accept, "application/json");
  EXPECT_EQ(list_request({kRoutes, "a/b", false}, 2, "x+/=").target,
            "/apis/gateway.networking.k8s.io/v1/httproutes?limit=2&continue=x%2B%2F%3D&labelSelector=a%2Fb");
}

TEST(ListQuery, OfSecretsOnlyMetadataIsAskedFor) {
  EXPECT_EQ(list_request({kSecrets, "", true}, 0, "").accept,
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
  const auto watch = watch_request({kSecrets, "", true}, "7", 300);
  EXPECT_EQ(watch.accept, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
  EXPECT_EQ(watch.target, "/api/v1/secrets?watch=1&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300");
}

TEST(ListQuery, APageIsReadWithoutItsItems) {
  const std::string body = R"({"kind":"L","metadata":{"resourceVersion":"9","continue":"abc"},"items":[{"a":1},{}]})";
  const auto page = read_list_page(body);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->version, "9");
  EXPECT_EQ(page->continue_, "abc");
  EXPECT_THAT(page->items, ElementsAre(R"({"a":1})", "{}"));
  EXPECT_THAT(read_list_page(R"({"metadata":{"resourceVersion":"9"},"items":null})")->items, IsEmpty());
  for (const char* text : {"", "{}", R"({"metadata":{},"items":[]})", R"({"metadata":{"resourceVersion":"9"}})",
                           R"({"metadata":{"resourceVersion":"9"},"items":{}})"}) {
    EXPECT_FALSE(read_list_page(text).has_value()) << text;
  }
}

TEST(ResourceVersion, NumbersHaveAnOrderAndOtherTextsHaveNone) {
  EXPECT_EQ(compare_versions("9", "10"), std::partial_ordering::less);
  EXPECT_EQ(compare_versions("18446744073709551616", "18446744073709551615"), std::partial_ordering::greater);
  EXPECT_EQ(compare_versions("x", "x"), std::partial_ordering::equivalent);
  EXPECT_EQ(compare_versions("x", "1"), std::partial_ordering::unordered);
  EXPECT_EQ(compare_versions("", "1"), std::partial_ordering::unordered);
  EXPECT_EQ(compare_versions("01", "1"), std::partial_ordering::unordered);
}

TEST(WatchedKinds, PreferTheMostStableVersion) {
  EXPECT_THAT(readable_versions(*find_watched_kind("TLSRoute")), ElementsAre("v1", "v1alpha3", "v1alpha2"));
  EXPECT_THAT(readable_versions(*find_watched_kind("ReferenceGrant")), ElementsAre("v1", "v1beta1"));
  EXPECT_THAT(readable_versions(*find_watched_kind("EndpointSlice")), ElementsAre("v1"));
}

TEST(JsonPatch, TestsTheVersionAndTakesOthersWordsAsTheyAre) {
  EXPECT_EQ(JsonPatch("42").add({"status", "parents"}, R"([{"x": 1.0}])").remove({"metadata", "a/b~c"}).text(),
            R"([{"op":"test","path":"/metadata/resourceVersion","value":"42"},)"
            R"({"op":"add","path":"/status/parents","value":[{"x": 1.0}]},)"
            R"({"op":"remove","path":"/metadata/a~1b~0c"}])");
}

TEST(WatchEventText, IsReadByItsType) {
  const auto event = read_event(R"({"type":"MODIFIED","object":{"metadata":{"resourceVersion":"5"}}})");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->type, WatchEvent::kModified);
  EXPECT_EQ(version_of(event->object), "5");
  EXPECT_FALSE(read_event(R"({"type":"RENAMED","object":{}})").has_value());
  EXPECT_FALSE(read_event(R"({"type":"ADDED"})").has_value());
  EXPECT_EQ(version_of(R"({"metadata":{"resourceVersion":5}})"), "");
}

ApiErrorKind kind_of(unsigned status, const std::string& body) {
  return api_error(HttpResponse{status, std::nullopt, body}).kind;
}

TEST(ApiErrorText, SaysWhatToDoAboutIt) {
  EXPECT_EQ(kind_of(401, ""), ApiErrorKind::kUnauthorized);
  EXPECT_EQ(kind_of(404, "404 page not found"), ApiErrorKind::kNotFound);
  EXPECT_EQ(kind_of(409, R"({"kind":"Status","reason":"AlreadyExists"})"), ApiErrorKind::kAlreadyExists);
  EXPECT_EQ(kind_of(409, R"({"kind":"Status","reason":"Conflict"})"), ApiErrorKind::kConflict);
  EXPECT_EQ(kind_of(410, ""), ApiErrorKind::kGone);
  EXPECT_EQ(kind_of(429, ""), ApiErrorKind::kBusy);
  EXPECT_EQ(kind_of(503, ""), ApiErrorKind::kBusy);
  EXPECT_EQ(kind_of(418, ""), ApiErrorKind::kOther);
}

TEST(ApiErrorText, APatchWhoseTestFailedIsAConflictAndAStatusThatIsNotValidIsNot) {
  // As kube-apiserver 1.37 answers.
  EXPECT_EQ(kind_of(422, R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":
      "the server rejected our request due to an error in our request","reason":"Invalid","details":{},"code":422})"),
            ApiErrorKind::kConflict);
  EXPECT_EQ(kind_of(422, R"({"kind":"Status","status":"Failure","reason":"Invalid","code":422,"message":
      "HTTPRoute.gateway.networking.k8s.io \"cart\" is invalid: status.parents[0].conditions: Required value","details":{
      "name":"cart","kind":"HTTPRoute","causes":[{"field":"status.parents[0].conditions"}]}})"),
            ApiErrorKind::kInvalid);
  EXPECT_EQ(
      kind_of(422, R"({"kind":"Status","message":"testing value /metadata/resourceVersion failed: test failed"})"),
      ApiErrorKind::kConflict);
  EXPECT_EQ(kind_of(422, R"({"kind":"Status","message":"add operation does not apply: missing path"})"),
            ApiErrorKind::kInvalid);
}

TEST(ApiErrorText, IsTheServersOwnInOneLine) {
  const auto error = api_error(
      HttpResponse{429, std::nullopt, R"({"kind":"Status","message":"too\nmany","details":{"retryAfterSeconds":3}})"});
  EXPECT_EQ(to_string(error), "429: too many");
  EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
  const auto from_field =
      api_error(HttpResponse{503, std::chrono::seconds(7), R"({"kind":"Status","details":{"retryAfterSeconds":3}})"});
  EXPECT_EQ(from_field.retry_after, std::chrono::seconds(7));
  EXPECT_EQ(api_error_of_status(R"({"kind":"Status","code":410,"message":"too old"})").kind, ApiErrorKind::kGone);
  EXPECT_EQ(api_error_of_status("{}").kind, ApiErrorKind::kUnreadable);
  EXPECT_LT(to_string(api_error(HttpResponse{500, std::nullopt, std::string(100'000, 'x')})).size(), 600U);
}

}  // namespace
}  // namespace sluice::kubernetes
