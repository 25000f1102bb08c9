// Certificates and private keys of Secrets, as resources that are named by their content.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/attach/graph.h"
#include "controller/compile/resource_set.h"

namespace sluice::compile {

/// Keeps a Key for as long as a listener names its Secret. Secrets with one content share one Key, whose origin is the
/// first of them.
class KeyRegistry {
 public:
  /// The listener's certificates from now on, in order; none when it is gone. Returns the names of their Keys; a Secret
  /// that is gone or without certificate is passed over (attach refuses it before).
  std::vector<std::string> set_certificates(const attach::ListenerId& listener,
                                            const std::vector<api::NamespacedName>& secrets,
                                            const api::ObjectSet& objects);

  [[nodiscard]] std::set<attach::ListenerId> listeners_of(const api::NamespacedName& secret) const;

  void flush(const api::ObjectSet& objects, ResourceSet& resources);

 private:
  struct Use {
    api::NamespacedName secret;
    std::string key;  ///< empty: the Secret was not there
  };

  void release(const attach::ListenerId& listener, const Use& use);

  std::map<attach::ListenerId, std::vector<Use>> uses_;
  std::map<api::NamespacedName, std::set<attach::ListenerId>> listeners_;
  /// Key -> Secret -> listeners that use the one by the other.
  std::map<std::string, std::map<api::NamespacedName, std::size_t>> secrets_;
  std::set<std::string> touched_;
};

}  // namespace sluice::compile
