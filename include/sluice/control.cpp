#include "sluice/control.h"

#include <openssl/evp.h>

#include <array>
#include <tuple>

namespace sluice::control {

bool is_lower(const v1::Epoch& a, const v1::Epoch& b) {
  return std::tuple(a.transitions(), a.sequence()) < std::tuple(b.transitions(), b.sequence());
}

struct HoldingDigest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

HoldingDigest::HoldingDigest() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr);
}

HoldingDigest::~HoldingDigest() {
  EVP_MD_CTX_free(state_->context);
}

void HoldingDigest::add(std::string_view name, std::string_view hash) {
  const auto size = static_cast<unsigned>(name.size());
  const std::array<unsigned char, 4> length{static_cast<unsigned char>(size >> 24),
                                            static_cast<unsigned char>(size >> 16),
                                            static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)};
  EVP_DigestUpdate(state_->context, length.data(), length.size());
  EVP_DigestUpdate(state_->context, name.data(), name.size());
  EVP_DigestUpdate(state_->context, hash.data(), hash.size());
}

std::string HoldingDigest::take() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  EVP_DigestFinal_ex(state_->context, out.data(), &length);
  return {reinterpret_cast<const char*>(out.data()), length};
}

std::string with_source(std::string_view digest, std::string_view source_hash) {
  HoldingDigest whole;
  whole.add(digest, source_hash);
  return whole.take();
}

}  // namespace sluice::control
