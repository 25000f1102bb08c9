#include "controller/publish/server_identity.h"

#include <utility>

namespace sluice::publish {

std::expected<void, std::string> ServerIdentities::use(Authority authority, std::vector<Authority> also, Time now) {
  auto own = authority.server(names_, now);
  if (!own) return std::unexpected(std::move(own.error()));
  const std::scoped_lock lock(mutex_);
  authority_ = std::move(authority);
  also_ = std::move(also);
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
  std::optional<Authority> present;
  std::vector<Authority> also;
  {
    const std::scoped_lock lock(mutex_);
    present = authority_;
    also = also_;
  }
  if (!present) return std::unexpected("there is no authority");
  auto identity = present->identify(certificate_pem, now);
  for (const auto& other : also) {
    if (identity) break;
    if (auto by_other = other.identify(certificate_pem, now)) identity = std::move(by_other);
  }
  return identity;
}

std::optional<Authority> ServerIdentities::authority() const {
  const std::scoped_lock lock(mutex_);
  return authority_;
}

std::optional<ServerIdentities::Fresh> ServerIdentities::take_fresh() {
  const std::scoped_lock lock(mutex_);
  if (!std::exchange(is_fresh_, false)) return std::nullopt;
  std::string taken = authority_->pem().certificate;
  for (const auto& other : also_) taken += other.pem().certificate;
  return Fresh{own_, std::move(taken)};
}

}  // namespace sluice::publish
