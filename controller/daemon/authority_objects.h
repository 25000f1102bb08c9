// The authority of the control stream as objects of the cluster: Secret sluice-ca, which replicas of the controller
// share, and ConfigMap sluice-ca, by which nodes know them; and the API server's review of a node's token.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "controller/api/object_set.h"
#include "controller/publish/publisher.h"
#include "controller/source/kubernetes/api_request.h"

namespace sluice::daemon {

inline constexpr const char* kAuthorityName = "sluice-ca";

/// What the Secret holds: tls.crt and tls.key, and while another one is to follow, next.crt and next.key.
struct StoredAuthority {
  publish::AuthorityPem present;
  std::optional<publish::AuthorityPem> next = {};
  std::string type = "kubernetes.io/tls";  ///< of the Secret, which the API server lets nobody change
  std::string resource_version = {};
};

/// nullopt: there is no such Secret among the objects.
std::optional<StoredAuthority> authority_in(const api::ObjectSet& objects, const std::string& namespace_);
/// Created where there is no resource_version, else replaced if it still is that version.
kubernetes::ApiRequest write_secret(const std::string& namespace_, const StoredAuthority& authority);

/// ca.crt of the ConfigMap; nullopt: it is not there.
std::optional<std::string> published_authority(const api::ObjectSet& objects, const std::string& namespace_);
/// is_there: it is replaced, else created.
kubernetes::ApiRequest write_config_map(const std::string& namespace_, const std::string& certificates, bool is_there);

kubernetes::ApiRequest review_request(const std::string& token);
/// Errors: what the API server says against the token; or that it is bound to no node's pod.
std::expected<publish::TokenOwner, std::string> read_review(const kubernetes::ApiAnswer& answer);

}  // namespace sluice::daemon
