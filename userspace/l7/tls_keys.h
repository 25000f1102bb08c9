// The certificates of one HTTPS frontend, and which of them a server name gets: exact name, wildcard (one label, RFC
// 6125 6.4.3), else the frontend's first. Certificates of different key types that cover one name serve it together.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "userspace/l7/tls_context.h"
#include "userspace/model/store.h"

namespace sluice::l7 {

class TlsKeys {
 public:
  /// server_name: lower case; "": none. nullptr only when empty().
  [[nodiscard]] SSL_CTX* find(std::string_view server_name) const;

  [[nodiscard]] bool empty() const { return fallback_ == nullptr; }
  [[nodiscard]] const auto& certificates() const { return certificates_; }

  /// Key's name -> why it is not used.
  [[nodiscard]] const std::map<std::string, std::string>& errors() const { return errors_; }

 private:
  friend class TlsKeysBuilder;
  std::vector<std::shared_ptr<const Certificate>> certificates_;  ///< usable, in the frontend's order
  std::map<std::string, ContextPtr, std::less<>> by_name_;        ///< "*.example.com" for wildcards
  ContextPtr fallback_;
  std::map<std::string, std::string> errors_;
};

/// Shares contexts among frontends with the same certificates, and parses a key once. One thread; must outlive the
/// connections made with its keys.
class TlsKeysBuilder {
 public:
  std::shared_ptr<const TlsKeys> build(const model::Store& store, const model::v1::Tls& tls);

 private:
  using Certificates = std::vector<std::shared_ptr<const Certificate>>;
  std::shared_ptr<const Certificate> certificate(const model::Store& store, const std::string& name, TlsKeys& keys);
  ContextPtr context(const Certificates& certificates, TlsKeys& keys);
  void forget_unused();

  static constexpr std::size_t kForgetAt = 1024;
  std::size_t forget_at_ = kForgetAt;
  TicketKeys tickets_;
  std::unordered_map<std::string, std::weak_ptr<const Certificate>> certificates_;  ///< by the Key's name (a digest)
  std::unordered_map<std::string, std::weak_ptr<SSL_CTX>> contexts_;                ///< by the Keys' names
};

}  // namespace sluice::l7
