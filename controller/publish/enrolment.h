// How a node gets its certificate: what a request must be, and what a reviewed token must say. Knows nothing of gRPC.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "controller/publish/authority.h"
#include "controller/publish/publisher.h"
#include "sluice/control.pb.h"

namespace sluice::publish {

/// Error: it is none.
std::expected<control::v1::EnrollRequest, std::string> read_enrolment(std::string_view bytes);

/// Error: why there is no certificate for it; holds nothing of the token.
/// service_account: whose tokens are nodes'. life: of the certificate.
std::expected<control::v1::EnrollResponse, std::string> enrol(const Authority& authority,
                                                              const std::string& request_pem, const TokenOwner& owner,
                                                              const std::string& service_account, Authority::Time now,
                                                              std::chrono::seconds life);

}  // namespace sluice::publish
