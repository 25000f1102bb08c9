#include "controller/publish/server_identity.h"

#include <utility>

namespace sluice::publish {

std::expected<void, std::string> ServerIdentities::use(Authority authority, Time now) {
  auto own = authority.server(names_, now);
  if (!own) return std::unexpected(std::move(own.error()));
  const std::scoped_lock lock(mutex_);
  authority_ = std::move(authority);
  own_ = *std::move(own);
  is_fresh_ = true;
  return {};
}

void ServerIdentities::renew(Time now) {
  const std::scoped_lock lock(mutex_);
  if (!authority_ || own_.expires - now > Authority::kServerLife / 3) return;
  auto own = authority_->server(names_, now);
  if (!own) return;
  own_ = *std::move(own);
  is_fresh_ = true;
}

std::expected<Authority::NodeIdentity, std::string> ServerIdentities::identify(const std::string& certificate_pem,
                                                                               Time now) const {
  const auto present = authority();
  if (!present) return std::unexpected("there is no authority");
  return present->identify(certificate_pem, now);
}

std::optional<Authority> ServerIdentities::authority() const {
  const std::scoped_lock lock(mutex_);
  return authority_;
}

std::optional<ServerIdentities::Fresh> ServerIdentities::take_fresh() {
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(is_fresh_, false)) return std::nullopt;
  return Fresh{own_, authority_->pem().certificate};
}

}  // namespace sluice::publish
