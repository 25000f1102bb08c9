// Keeps the authority of the control stream: read from Secret sluice-ca by every replica, made by a leader where there
// is none, and its certificate shown to nodes by ConfigMap sluice-ca.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "controller/daemon/authority_objects.h"
#include "controller/daemon/journal.h"

namespace sluice::daemon {

/// One thread. Answers come later, in that thread.
class AuthorityKeeper {
 public:
  struct Hooks {
    std::function<void(kubernetes::ApiRequest, kubernetes::OnAnswer)> send;
    /// To be served from now on.
    std::function<void(publish::Authority)> serve;
  };
  AuthorityKeeper(std::string namespace_, Hooks hooks, Journal journal);

  /// The objects whose contents it needs.
  [[nodiscard]] std::set<api::ObjectRef> contents() const;

  /// After each change of the objects. is_read: contents() have been read, or do not exist. leads: it may write.
  void look(const api::ObjectSet& objects, bool is_read, bool leads);

  /// Whether there is one that is served.
  [[nodiscard]] bool is_serving() const { return !served_.certificate.empty(); }

 private:
  void adopt(const publish::AuthorityPem& pem);
  void make();
  void show(const api::ObjectSet& objects);

  std::string namespace_;
  Hooks hooks_;
  Journal journal_;
  publish::AuthorityPem served_;
  publish::AuthorityPem refused_;  ///< told
  bool is_making_ = false;
  bool is_showing_ = false;
};

}  // namespace sluice::daemon
