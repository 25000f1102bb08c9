// Certificates for tests: self-signed, Ed25519, the same bytes for the same arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::compile {

struct TestCertificate {
  std::string chain_pem;
  std::string key_pem;
};

/// seed  of the key; names: DNS subject alternative names.
TestCertificate test_certificate(std::uint8_t seed, const std::vector<std::string>& names);

}  // namespace sluice::compile
