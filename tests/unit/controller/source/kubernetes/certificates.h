// Certificates made for a test, of keys that nobody else has.
#pragma once

#include <memory>
#include <string>

namespace sluice::kubernetes {

struct KeyPair {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM
};

/// An authority of its own; a certificate of one is not trusted by who trusts another.
class Authority {
 public:
  explicit Authority(const std::string& name);
  ~Authority();
  Authority(Authority&&) noexcept;
  Authority& operator=(Authority&&) = delete;

  [[nodiscard]] const std::string& certificate() const;  ///< PEM
  /// subject_alt_name: as OpenSSL writes it, "DNS:k8s.example,IP:127.0.0.1".
  [[nodiscard]] KeyPair issue(const std::string& common_name, const std::string& subject_alt_name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::kubernetes
