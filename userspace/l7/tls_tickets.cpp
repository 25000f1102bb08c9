#include "userspace/l7/tls_tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace sluice::l7 {
namespace {

constexpr int kFailed = -1;
constexpr int kUnknown = 0;
constexpr int kGood = 1;
constexpr int kGoodButRenew = 2;

bool set_mac(EVP_MAC_CTX* context, const TicketKeys::Key& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<std::uint8_t*>(key.mac.data()), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(context, parameters) == 1;
}

int seal(TicketKeys& keys, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  const auto key = keys.current();
  if (!key || RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return kFailed;
  std::memcpy(name, key->name.data(), key->name.size());
  const bool ready =
      EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->cipher.data(), iv) == 1 && set_mac(mac, *key);
  return ready ? kGood : kFailed;
}

int open(TicketKeys& keys, const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
         EVP_MAC_CTX* mac) {
  const auto found = keys.find(name);
  if (!found) return kUnknown;
  const bool ready = set_mac(mac, found->key) &&
                     EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, found->key.cipher.data(), iv) == 1;
  if (!ready) return kFailed;
  return found->renew ? kGoodButRenew : kGood;
}

int on_ticket(SSL* ssl, unsigned char name[16], unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              int encrypt) {
  auto& keys = *static_cast<TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  return encrypt != 0 ? seal(keys, name, iv, cipher, mac) : open(keys, name, iv, cipher, mac);
}

}  // namespace

std::optional<TicketKeys::Key> TicketKeys::current(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!keys_.empty() && now - keys_.front().made < kRotation) return keys_.front();
  Key key{.name = {}, .cipher = {}, .mac = {}, .made = now};
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1)
    return std::nullopt;
  std::erase_if(keys_, [&](const Key& old) { return !alive(old, now); });
  keys_.insert(keys_.begin(), key);
  return key;
}

std::optional<TicketKeys::Found> TicketKeys::find(const std::uint8_t name[16], Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(
      keys_, [&](const Key& key) { return std::memcmp(key.name.data(), name, key.name.size()) == 0; });
  if (found == keys_.end() || !alive(*found, now)) return std::nullopt;
  return Found{.key = *found, .renew = found != keys_.begin()};
}

void TicketKeys::install(SSL_CTX* context) {
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
  SSL_CTX_set_timeout(context, std::chrono::seconds(kTicketLifetime).count());
}

}  // namespace sluice::l7
