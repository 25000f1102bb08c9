// Who this node is towards the controller: a key that is in memory alone, and the certificate that it got for it.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>

namespace sluice::subscribe {

/// A P-256 key that nobody else has, and the request for its certificate.
class KeyRequest {
 public:
  explicit KeyRequest(const std::string& node);

  [[nodiscard]] const std::string& request_pem() const { return request_; }  ///< PKCS #10
  [[nodiscard]] const std::string& key_pem() const { return key_; }

 private:
  std::string key_;
  std::string request_;
};

struct Identity {
  using Time = std::chrono::system_clock::time_point;

  std::string key_pem;
  std::string certificate_pem;
  std::string authority_pem;  ///< that made it
  Time begins;                ///< when it was got: the certificate itself begins earlier, since clocks differ
  Time expires;

  /// Half of its life is over.
  [[nodiscard]] bool is_due(Time now) const { return now >= begins + (expires - begins) / 2; }
};

/// Error: the certificate is not for that key, or not of that node.
std::expected<Identity, std::string> identity(const KeyRequest& request, const std::string& node,
                                              const std::string& certificate_pem, const std::string& authority_pem,
                                              Identity::Time now);

/// Whether the certificates in text hold each of those in wanted; all PEM.
bool holds_certificates(const std::string& text, const std::string& wanted);

/// Whether text holds certificates in PEM, all of which can be read. Error: what is wrong.
std::expected<void, std::string> check_certificates(const std::string& text);

}  // namespace sluice::subscribe
