#include "controller/daemon/authority_objects.h"

#include <algorithm>
#include <boost/json.hpp>

namespace sluice::daemon {
namespace {

namespace json = boost::json;

constexpr const char* kCertificate = "tls.crt";
constexpr const char* kPrivateKey = "tls.key";
constexpr const char* kNextCertificate = "next.crt";
constexpr const char* kNextPrivateKey = "next.key";
constexpr const char* kAuthorityCertificate = "ca.crt";
/// Of a bound token (kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin).
constexpr const char* kNodeName = "authentication.kubernetes.io/node-name";

json::object metadata_of(const std::string& namespace_) {
  return {{"namespace", namespace_},
          {"name", kAuthorityName},
          {"labels", json::object{{"app.kubernetes.io/managed-by", "sluice-controller"}}}};
}

kubernetes::ResourcePath path_of(const char* plural, const std::string& namespace_, std::string name) {
  return {{"", "v1", plural}, namespace_, std::move(name), ""};
}

const json::value* field(const json::value& value, const char* pointer) {
  boost::system::error_code none;
  return value.find_pointer(pointer, none);
}

std::string text(const json::value* value) {
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

/// Whether the list holds the text.
bool holds(const json::value* list, std::string_view text) {
  if (list == nullptr || !list->is_array()) return false;
  return std::ranges::any_of(list->get_array(), [&](const json::value& item) {
    return item.is_string() && std::string_view(item.get_string()) == text;
  });
}

}  // namespace

std::optional<StoredAuthority> authority_in(const api::ObjectSet& objects, const std::string& namespace_) {
  const auto found = objects.secrets.find({namespace_, kAuthorityName});
  if (found == objects.secrets.end()) return std::nullopt;
  const auto& data = found->second->data;
  const auto value = [&](const char* key) {
    const auto entry = data.find(key);
    return entry != data.end() ? entry->second : std::string();
  };
  StoredAuthority out{.present = {value(kCertificate), value(kPrivateKey)}};
  if (data.contains(kNextCertificate)) out.next = {value(kNextCertificate), value(kNextPrivateKey)};
  if (!found->second->type.empty()) out.type = found->second->type;
  out.resource_version = found->second->metadata.resource_version;
  return out;
}

kubernetes::ApiRequest write_secret(const std::string& namespace_, const StoredAuthority& authority) {
  json::object data{{kCertificate, authority.present.certificate}, {kPrivateKey, authority.present.private_key}};
  if (authority.next) {
    data[kNextCertificate] = authority.next->certificate;
    data[kNextPrivateKey] = authority.next->private_key;
  }
  json::object metadata = metadata_of(namespace_);
  const bool is_there = !authority.resource_version.empty();
  if (is_there) metadata["resourceVersion"] = authority.resource_version;
  const std::string secret = json::serialize(json::object{{"apiVersion", "v1"},
                                                          {"kind", "Secret"},
                                                          {"metadata", std::move(metadata)},
                                                          {"type", authority.type},
                                                          {"stringData", std::move(data)}});
  if (is_there) return kubernetes::update(path_of("secrets", namespace_, kAuthorityName), secret);
  return kubernetes::create(path_of("secrets", namespace_, ""), secret);
}

std::optional<std::string> published_authority(const api::ObjectSet& objects, const std::string& namespace_) {
  const auto found = objects.config_maps.find({namespace_, kAuthorityName});
  if (found == objects.config_maps.end()) return std::nullopt;
  const auto entry = found->second->data.find(kAuthorityCertificate);
  return entry != found->second->data.end() ? entry->second : "";
}

kubernetes::ApiRequest write_config_map(const std::string& namespace_, const std::string& certificates, bool is_there) {
  const json::object config_map{{"apiVersion", "v1"},
                                {"kind", "ConfigMap"},
                                {"metadata", metadata_of(namespace_)},
                                {"data", json::object{{kAuthorityCertificate, certificates}}}};
  if (is_there) {
    return kubernetes::update(path_of("configmaps", namespace_, kAuthorityName), json::serialize(config_map));
  }
  return kubernetes::create(path_of("configmaps", namespace_, ""), json::serialize(config_map));
}

kubernetes::ApiRequest review_request(const std::string& token) {
  const json::object review{
      {"apiVersion", "authentication.k8s.io/v1"},
      {"kind", "TokenReview"},
      {"spec", json::object{{"token", token}, {"audiences", json::array{publish::kTokenAudience}}}}};
  return kubernetes::create({{"authentication.k8s.io", "v1", "tokenreviews"}, "", "", ""}, json::serialize(review));
}

std::expected<publish::TokenOwner, std::string> read_review(const kubernetes::ApiAnswer& answer) {
  if (!answer) return std::unexpected("the API server did not review it: " + to_string(answer.error()));
  boost::system::error_code failed;
  const json::value review = json::parse(*answer, failed);
  const json::value* authenticated = failed ? nullptr : field(review, "/status/authenticated");
  if (authenticated == nullptr || *authenticated != true) {
    const std::string why = failed ? "" : text(field(review, "/status/error"));
    return std::unexpected("the API server does not take it" + (why.empty() ? "" : ": " + why));
  }
  // An API server that knows no audiences leaves them out, and would take a token for anybody.
  if (!holds(field(review, "/status/audiences"), publish::kTokenAudience)) {
    return std::unexpected("it is not for this audience");
  }
  publish::TokenOwner out;
  out.service_account = text(field(review, "/status/user/username"));
  const json::value* extra = field(review, "/status/user/extra");
  const json::value* nodes =
      extra != nullptr && extra->is_object() ? extra->get_object().if_contains(kNodeName) : nullptr;
  const bool names_one = nodes != nullptr && nodes->is_array() && nodes->get_array().size() == 1;
  if (names_one) out.node = text(&nodes->get_array().front());
  if (out.node.empty()) return std::unexpected("it is bound to no pod on a node");
  return out;
}

}  // namespace sluice::daemon
