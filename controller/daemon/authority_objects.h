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

/// nullopt: there is no such Secret among the objects.
std::optional<publish::AuthorityPem> authority_in(const api::ObjectSet& objects, const std::string& namespace_);
kubernetes::ApiRequest create_secret(const std::string& namespace_, const publish::AuthorityPem& pem);

/// ca.crt of the ConfigMap; nullopt: it is not there.
std::optional<std::string> published_authority(const api::ObjectSet& objects, const std::string& namespace_);
/// is_there: it is replaced, else created.
kubernetes::ApiRequest write_config_map(const std::string& namespace_, const std::string& certificate, bool is_there);

kubernetes::ApiRequest review_request(const std::string& token);
/// Errors: what the API server says against the token; or that it is bound to no node's pod.
std::expected<publish::TokenOwner, std::string> read_review(const kubernetes::ApiAnswer& answer);

}  // namespace sluice::daemon
