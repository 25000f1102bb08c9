// Under which certificate the server answers, and whom it takes as client; may change while it serves.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/publish/authority.h"

namespace grpc {
class ServerCredentials;
}

namespace sluice::publish {

/// Any thread. Lives as long as a server with its credentials.
class ServerIdentities {
 public:
  using Time = Authority::Time;

  explicit ServerIdentities(std::vector<std::string> names) : names_(std::move(names)) {}

  /// For connections to come. also: whose certificates are taken of clients, too. Error: the names are none.
  std::expected<void, std::string> use(Authority authority, std::vector<Authority> also, Time now);
  /// Makes a new certificate in the last third of the present one's life.
  void renew(Time now);

  /// Whom a client's certificate names.
  [[nodiscard]] std::expected<Authority::NodeIdentity, std::string> identify(const std::string& certificate_pem,
                                                                             Time now) const;
  [[nodiscard]] std::optional<Authority> authority() const;

  /// What is in use, where it is another than at the last call.
  struct Fresh {
    ServerIdentity own;
    std::string authorities;  ///< PEM: of all that are taken
  };
  std::optional<Fresh> take_fresh();

 private:
  const std::vector<std::string> names_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::optional<Authority> authority_;
  std::vector<Authority> also_;
  ServerIdentity own_;
  bool is_fresh_ = false;
};

/// Of one server. A client may come without a certificate; one that it gives must be of an authority that is taken.
std::shared_ptr<grpc::ServerCredentials> credentials(ServerIdentities& identities);

}  // namespace sluice::publish
