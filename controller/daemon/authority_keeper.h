// Keeps the authority of the control stream: read from Secret sluice-ca by every replica, made by a leader where there
// is none, and its certificate shown to nodes by ConfigMap sluice-ca.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "controller/daemon/authority_objects.h"
#include "controller/daemon/journal.h"
#include "sluice/backoff.h"

namespace sluice::daemon {

/// One thread. Answers come later, in that thread.
class AuthorityKeeper {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Hooks {
    std::function<void(kubernetes::ApiRequest, kubernetes::OnAnswer)> send;
    /// To be served from now on.
    std::function<void(publish::Authority)> serve;
  };
  AuthorityKeeper(std::string namespace_, Hooks hooks, Journal journal);

  /// The objects whose contents it needs.
  [[nodiscard]] std::set<api::ObjectRef> contents() const;

  /// After each change of the objects and each answer, and at the time that it says. is_read: contents() have been
  /// read, or do not exist. leads: it may write.
  std::optional<Time> look(const api::ObjectSet& objects, bool is_read, bool leads, Time now);

  /// Whether there is one that is served.
  [[nodiscard]] bool is_serving() const { return !served_.certificate.empty(); }

 private:
  /// One of the two objects, as it is written: one request at a time. What comes of it is to show among the objects;
  /// until it does, or if it does not go well, the next request waits.
  struct Writing {
    bool in_flight = false;
    Time not_before = Time::min();
    Backoff backoff{std::chrono::seconds(1), std::chrono::seconds(60)};
  };

  void adopt(const publish::AuthorityPem& pem);
  std::optional<Time> make(Time now);
  std::optional<Time> show(const api::ObjectSet& objects, Time now);
  void write(Writing& writing, kubernetes::ApiRequest request, const char* failure, Time now);

  std::string namespace_;
  Hooks hooks_;
  Journal journal_;
  publish::AuthorityPem served_;
  publish::AuthorityPem refused_;  ///< told
  Writing secret_, config_map_;
};

}  // namespace sluice::daemon
