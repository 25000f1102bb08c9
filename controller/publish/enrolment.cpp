#include "controller/publish/enrolment.h"

#include <algorithm>

#include "sluice/control.h"

namespace sluice::publish {

std::expected<control::v1::EnrollRequest, std::string> read_enrolment(std::string_view bytes) {
  control::v1::EnrollRequest request;
  if (bytes.size() > control::kEnrollLimit || !request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::unexpected("that is no request for enrolment");
  }
  const auto is_visible = [](unsigned char c) { return c > ' ' && c < 0x7f; };
  if (request.token().empty() || !std::ranges::all_of(request.token(), is_visible)) {
    return std::unexpected("the request has no token");
  }
  return request;
}

std::expected<control::v1::EnrollResponse, std::string> enrol(const Authority& authority,
                                                              const std::string& request_pem, const TokenOwner& owner,
                                                              const std::string& service_account, Authority::Time now,
                                                              std::chrono::seconds life) {
  if (owner.service_account != service_account) {
    return std::unexpected("the token is of " + owner.service_account + ", nodes are " + service_account);
  }
  if (owner.node.empty()) return std::unexpected("the token is not bound to a pod on a node");
  auto certificate = authority.node(request_pem, owner.node, now, life);
  if (!certificate) return std::unexpected(std::move(certificate.error()));
  control::v1::EnrollResponse response;
  response.set_certificate_pem(*std::move(certificate));
  response.set_authority_pem(authority.pem().certificate);
  return response;
}

}  // namespace sluice::publish
