// What a Secret or ConfigMap must hold to be a certificate: checked here so that a listener never serves one that no
// handshake could use. Parsing only; trust and expiry are the client's to judge.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/object_set.h"

namespace sluice::attach {

/// Names that the leaf certificate is for: DNS subject alternative names, lower case, sorted.
using CertificateNames = std::vector<std::string>;

/// The error says what is wrong, for a person; never a part of the key.
using CertificateCheck = std::expected<CertificateNames, std::string>;

/// A Secret of type kubernetes.io/tls with a PEM chain in tls.crt and its first certificate's key in tls.key.
CertificateCheck check_tls_secret(const api::Secret& secret);

/// A ConfigMap with one PEM certificate or more in ca.crt. Returns what is wrong; empty: nothing.
std::string check_ca_bundle(const api::ConfigMap& config_map);

/// check_tls_secret, once for each Secret object. Holds on to the objects that it knows; forget() lets go.
class CertificateCache {
 public:
  const CertificateCheck& check(const api::NamespacedName& name, const std::shared_ptr<const api::Secret>& secret);
  void forget(const api::NamespacedName& name) { entries_.erase(name); }

 private:
  struct Entry {
    std::shared_ptr<const api::Secret> secret;
    CertificateCheck check;
  };
  std::map<api::NamespacedName, Entry> entries_;
};

}  // namespace sluice::attach
