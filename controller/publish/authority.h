// The certificate authority of the control stream: it makes the controller's own certificates and those of the nodes.
//
// All replicas of the controller have the same one: the leader makes it once, the owner keeps its two PEM texts (Secret
// sluice-ca) and gives them to every replica. Keys are P-256, signatures ECDSA with SHA-256.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <span>
#include <string>

namespace sluice::publish {

struct AuthorityPem {
  std::string certificate;  ///< of the authority; what nodes trust (their CA file)
  std::string private_key;  ///< PKCS #8; goes into the Secret and nowhere else
  bool operator==(const AuthorityPem&) const = default;
};

/// A certificate with its private key; both PEM.
struct ServerIdentity {
  std::string certificate;
  std::string private_key;
  std::chrono::system_clock::time_point expires;
};

/// Immutable; any thread. Copies share it.
class Authority {
 public:
  using Time = std::chrono::system_clock::time_point;
  static constexpr std::chrono::hours kLife{24 * 3650};
  static constexpr std::chrono::hours kServerLife{24 * 90};
  static constexpr std::chrono::hours kNodeLife{24};

  /// A new one, of a key that nobody else has.
  static Authority make(Time now = std::chrono::system_clock::now());

  /// Error: no message shows any of the key.
  static std::expected<Authority, std::string> read(const AuthorityPem& pem);

  [[nodiscard]] AuthorityPem pem() const;

  /// Its certificate is valid from then on, an hour before it was made.
  [[nodiscard]] Time begins() const;
  [[nodiscard]] Time expires() const;

  /// For a server that clients know by these names (DNS names or addresses, at least one). serverAuth only. Error:
  /// which of them is none.
  [[nodiscard]] std::expected<ServerIdentity, std::string> server(std::span<const std::string> names,
                                                                  Time now = std::chrono::system_clock::now()) const;

  /// The certificate of a node, PEM: for the key of a PKCS #10 request (PEM, P-256, signed by that key) and nothing
  /// else that the request may say. clientAuth only; names the node by the URI sluice://node/NAME. Error: what is wrong
  /// with the request or the name.
  [[nodiscard]] std::expected<std::string, std::string> node(const std::string& csr_pem, const std::string& node,
                                                             Time now = std::chrono::system_clock::now(),
                                                             std::chrono::seconds life = kNodeLife) const;

  /// Whom a client's certificate (PEM, the leaf alone) names.
  struct NodeIdentity {
    std::string node;
    Time expires;
  };
  /// Error: it is not of this authority, not for clients, not valid now, or names no node.
  [[nodiscard]] std::expected<NodeIdentity, std::string> identify(const std::string& certificate_pem,
                                                                  Time now = std::chrono::system_clock::now()) const;

 private:
  struct State;
  explicit Authority(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

}  // namespace sluice::publish
