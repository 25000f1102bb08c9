#include "userspace/agent/certificate_expiry.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>

#include "userspace/agent/exposition.h"

namespace sluice::agent {
namespace {

/// The moment at which the first certificate of the chain ends; nullopt: none could be read.
std::optional<std::int64_t> not_after(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                     &BIO_free);
  std::optional<std::int64_t> earliest;
  for (;;) {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) break;
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) continue;
    const std::int64_t end = timegm(&time);
    if (!earliest || end < *earliest) earliest = end;
  }
  ERR_clear_error();  // "no start line" ends every chain
  return earliest;
}

}  // namespace

void CertificateExpiry::update(const model::Store& store, const std::set<std::string>& changed) {
  for (auto name = changed.lower_bound("key/"); name != changed.end() && name->starts_with("key/"); ++name) {
    const auto resource = store.find(*name);
    const auto end = resource ? not_after(resource->key().certificate_chain_pem()) : std::nullopt;
    if (!end) {
      keys_.erase(*name);
      continue;
    }
    keys_[*name] = {resource->key().origin().namespace_(), resource->key().origin().name(), *end};
  }
}

std::string CertificateExpiry::text() const {
  if (keys_.empty()) return "";
  Exposition out;
  out.family("sluice_certificate_expiry_timestamp_seconds", "gauge",
             "When the first certificate of a Secret's chain ends, Unix time.");
  // Two Secrets may hold one key; a Secret may have two keys in force while it changes: the earlier end counts.
  std::map<std::pair<std::string, std::string>, std::int64_t> secrets;
  for (const auto& [name, expiry] : keys_) {
    const auto [known, fresh] = secrets.try_emplace({expiry.namespace_, expiry.secret}, expiry.not_after);
    if (!fresh) known->second = std::min(known->second, expiry.not_after);
  }
  for (const auto& [secret, end] : secrets) {
    out.sample("sluice_certificate_expiry_timestamp_seconds", {{"namespace", secret.first}, {"secret", secret.second}},
               static_cast<double>(end));
  }
  return out.take();
}

}  // namespace sluice::agent
