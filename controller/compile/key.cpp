#include "controller/compile/key.h"

#include "controller/compile/digest.h"
#include "controller/compile/names.h"

namespace sluice::compile {
namespace {

constexpr const char* kCertificate = "tls.crt";
constexpr const char* kPrivateKey = "tls.key";

const api::Secret* find_secret(const api::ObjectSet& objects, const api::NamespacedName& name) {
  const auto found = objects.secrets.find(name);
  if (found == objects.secrets.end()) return nullptr;
  const auto& data = found->second->data;
  return data.contains(kCertificate) && data.contains(kPrivateKey) ? found->second.get() : nullptr;
}

}  // namespace

std::vector<std::string> KeyRegistry::set_certificates(const attach::ListenerId& listener,
                                                       const std::vector<api::NamespacedName>& secrets,
                                                       const api::ObjectSet& objects) {
  std::vector<Use> before;
  if (const auto found = uses_.find(listener); found != uses_.end()) before.swap(found->second);
  for (const auto& use : before) release(listener, use);

  std::vector<Use> now;
  std::vector<std::string> keys;
  for (const auto& name : secrets) {
    listeners_[name].insert(listener);
    now.push_back({.secret = name, .key = {}});
    const auto* secret = find_secret(objects, name);
    if (secret == nullptr) continue;
    now.back().key = "key/" + digest_of({secret->data.at(kCertificate), secret->data.at(kPrivateKey)});
    keys.push_back(now.back().key);
    ++secrets_[now.back().key][name];
    touched_.insert(now.back().key);
  }
  if (now.empty()) {
    uses_.erase(listener);
  } else {
    uses_[listener] = std::move(now);
  }
  return keys;
}

void KeyRegistry::release(const attach::ListenerId& listener, const Use& use) {
  if (const auto found = listeners_.find(use.secret); found != listeners_.end()) {
    found->second.erase(listener);
    if (found->second.empty()) listeners_.erase(found);
  }
  if (use.key.empty()) return;
  touched_.insert(use.key);
  auto& users = secrets_[use.key];
  if (--users[use.secret] == 0) users.erase(use.secret);
}

std::set<attach::ListenerId> KeyRegistry::listeners_of(const api::NamespacedName& secret) const {
  const auto found = listeners_.find(secret);
  return found == listeners_.end() ? std::set<attach::ListenerId>{} : found->second;
}

void KeyRegistry::flush(const api::ObjectSet& objects, ResourceSet& resources) {
  for (const auto& name : touched_) {
    const auto users = secrets_.find(name);
    if (users == secrets_.end() || users->second.empty()) {
      if (users != secrets_.end()) secrets_.erase(users);
      resources.erase(name);
      continue;
    }
    const api::NamespacedName& origin = users->second.begin()->first;
    const auto* secret = find_secret(objects, origin);
    if (secret == nullptr) continue;
    model::v1::Resource resource;
    resource.set_name(name);
    auto& key = *resource.mutable_key();
    key.set_certificate_chain_pem(secret->data.at(kCertificate));
    key.set_private_key_pem(secret->data.at(kPrivateKey));
    *key.mutable_origin() =
        object_ref({.kind = std::string(api::Secret::kKind), .namespace_ = origin.namespace_, .name = origin.name});
    resources.put(std::move(resource));
  }
  touched_.clear();
}

}  // namespace sluice::compile
