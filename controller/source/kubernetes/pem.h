// Certificates and keys in PEM, given as text or by the name of a file that may be replaced at any time.
#pragma once

#include <expected>
#include <string>

namespace sluice::kubernetes {

struct Pem {
  std::string text;
  std::string file;  ///< used where text is empty; read again for every connection, since certificates rotate
  [[nodiscard]] bool empty() const { return text.empty() && file.empty(); }
};

/// The text as it is now; empty for an empty Pem.
std::expected<std::string, std::string> read(const Pem& pem);

/// Whether text holds certificates, and all of them can be read.
std::expected<void, std::string> check_certificates(const std::string& text);

/// Whether key is the private key of the first certificate; both in PEM. No message shows any of the key.
std::expected<void, std::string> check_key(const std::string& certificates, const std::string& key);

}  // namespace sluice::kubernetes
