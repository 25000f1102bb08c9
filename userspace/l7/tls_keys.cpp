#include "userspace/l7/tls_keys.h"

#include <algorithm>
#include <set>

namespace sluice::l7 {
namespace {

using Certificates = std::vector<std::shared_ptr<const Certificate>>;

bool covers(const Certificate& certificate, const std::string& name) {
  return std::ranges::find(certificate.names, name) != certificate.names.end();
}

// The first of each key type among those that `wanted` takes, in order.
template <class Wanted>
Certificates one_a_type(const Certificates& all, Wanted wanted) {
  Certificates out;
  for (const auto& certificate : all) {
    const bool has_type = std::ranges::any_of(out, [&](const auto& held) { return held->type == certificate->type; });
    if (!has_type && wanted(*certificate)) out.push_back(certificate);
  }
  return out;
}

}  // namespace

SSL_CTX* TlsKeys::find(std::string_view server_name) const {
  if (const auto exact = by_name_.find(server_name); exact != by_name_.end()) return exact->second.get();
  if (const auto dot = server_name.find('.'); dot != std::string_view::npos && dot > 0) {
    const auto wildcard = by_name_.find("*" + std::string(server_name.substr(dot)));
    if (wildcard != by_name_.end()) return wildcard->second.get();
  }
  return fallback_.get();
}

std::shared_ptr<const TlsKeys> TlsKeysBuilder::build(const model::Store& store, const model::v1::Tls& tls) {
  forget_unused();
  auto keys = std::make_shared<TlsKeys>();
  Certificates all;
  for (const auto& name : tls.keys()) {
    if (auto parsed = certificate(store, name, *keys)) all.push_back(std::move(parsed));
  }
  // A context refuses a certificate as a whole (too weak a key): such a one is left out of every set.
  std::vector<ContextPtr> alone;
  std::erase_if(all, [&](const auto& one) { return alone.emplace_back(context({one}, *keys)) == nullptr; });
  if (all.empty()) return keys;
  keys->certificates_ = all;
  std::set<std::string> names;
  for (const auto& one : all) names.insert(one->names.begin(), one->names.end());
  for (const auto& name : names)
    keys->by_name_[name] = context(one_a_type(all, [&](const auto& one) { return covers(one, name); }), *keys);
  const auto same_names = [&](const Certificate& one) { return std::ranges::is_permutation(one.names, all[0]->names); };
  keys->fallback_ = context(one_a_type(all, same_names), *keys);
  return keys;
}

std::shared_ptr<const Certificate> TlsKeysBuilder::certificate(const model::Store& store, const std::string& name,
                                                               TlsKeys& keys) {
  auto& held = certificates_[name];
  if (auto same = held.lock()) return same;
  const model::ResourcePtr resource = store.find(name);
  if (resource == nullptr) {
    keys.errors_[name] = "the model does not have it";
    return nullptr;
  }
  auto parsed = parse_certificate(name, resource->key());
  if (!parsed) {
    keys.errors_[name] = std::move(parsed.error());
    return nullptr;
  }
  held = *parsed;
  return *parsed;
}

ContextPtr TlsKeysBuilder::context(const Certificates& certificates, TlsKeys& keys) {
  std::string names;
  for (const auto& one : certificates) names += one->name + "\n";
  auto& held = contexts_[names];
  if (auto same = held.lock()) return same;
  auto made = make_tls_context(certificates, tickets_);
  if (!made) {
    keys.errors_[certificates.front()->name] = std::move(made.error());
    return nullptr;
  }
  held = *made;
  return *made;
}

void TlsKeysBuilder::forget_unused() {
  if (certificates_.size() + contexts_.size() < forget_at_) return;
  std::erase_if(certificates_, [](const auto& held) { return held.second.expired(); });
  std::erase_if(contexts_, [](const auto& held) { return held.second.expired(); });
  forget_at_ = 2 * (certificates_.size() + contexts_.size()) + kForgetAt;
}

}  // namespace sluice::l7
