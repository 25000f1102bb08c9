// When the certificates in force end, for the metric and its alert.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "userspace/model/store.h"

namespace sluice::agent {

/// Parses a certificate when its key resource changes, never at a scrape.
class CertificateExpiry {
 public:
  /// changed: names of resources that were added, changed or removed.
  void update(const model::Store& store, const std::set<std::string>& changed);

  /// Prometheus text: sluice_certificate_expiry_timestamp_seconds{namespace, secret}.
  [[nodiscard]] std::string text() const;

 private:
  struct Expiry {
    std::string namespace_;
    std::string secret;
    std::int64_t not_after = 0;  ///< Unix time; the earliest of the chain
  };
  std::map<std::string, Expiry> keys_;  ///< by resource name
};

}  // namespace sluice::agent
