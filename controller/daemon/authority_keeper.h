// Keeps the authority of the control stream: read from Secret sluice-ca by every replica, made by a leader where there
// is none, and its certificate shown to nodes by ConfigMap sluice-ca.
//
// In the last fifth of its life a leader puts the next one beside it. From then on nodes are shown both, and both are
// taken; a day later every replica begins to sign by the next one, and two days after that, when every node has had its
// certificate renewed, a leader takes the old one out. All of it follows from what the Secret holds and the time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controller/daemon/authority_objects.h"
#include "controller/daemon/journal.h"
#include "sluice/backoff.h"

namespace sluice::daemon {

/// One thread. Answers come later, in that thread.
class AuthorityKeeper {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using WallTime = publish::Authority::Time;

  struct Hooks {
    std::function<void(kubernetes::ApiRequest, kubernetes::OnAnswer)> send;
    /// To be served from now on, and whose certificates are to be taken, too.
    std::function<void(publish::Authority, std::vector<publish::Authority> also)> serve;
  };
  AuthorityKeeper(std::string namespace_, Hooks hooks, Journal journal);

  /// The objects whose contents it needs.
  [[nodiscard]] std::set<api::ObjectRef> contents() const;

  /// After each change of the objects and each answer, and at the time that it says. is_read: contents() have been
  /// read, or do not exist, or have been waited for: what is there all the same is not written over. leads: it may
  /// write.
  Time look(const api::ObjectSet& objects, bool is_read, bool leads, Time now, WallTime wall);

  /// Whether there is one that is served.
  [[nodiscard]] bool is_serving() const { return present_.has_value(); }

 private:
  /// One of the two objects, as it is written: one request at a time. What comes of it is to show among the objects;
  /// until it does, or if it does not go well, the next request waits.
  struct Writing {
    bool in_flight = false;
    Time not_before = Time::min();
    Backoff backoff{std::chrono::seconds(1), std::chrono::seconds(60)};
  };

  void adopt(const StoredAuthority& stored, WallTime wall);
  std::optional<publish::Authority> read(const publish::AuthorityPem& pem, publish::AuthorityPem& refused);
  [[nodiscard]] bool signs_next(WallTime wall) const;
  /// What the Secret is to hold, where that is not what it holds.
  [[nodiscard]] std::optional<StoredAuthority> wanted(const std::optional<StoredAuthority>& stored,
                                                      WallTime wall) const;
  /// replaces: what is there is to be another; else there is nothing yet.
  void send(Writing& writing, kubernetes::ApiRequest request, bool replaces, const char* what, Time now);

  std::string namespace_;
  Hooks hooks_;
  Journal journal_;
  std::optional<publish::Authority> present_, next_;  ///< of the Secret, where they can be used
  publish::AuthorityPem read_;                        ///< what present_ was read from
  std::string certificates_;                          ///< as nodes are shown them
  std::vector<publish::AuthorityPem> served_;         ///< who signs goes first
  publish::AuthorityPem refused_, refused_next_;      ///< told
  Writing secret_, config_map_;
};

}  // namespace sluice::daemon
