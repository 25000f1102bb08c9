// What is watched: a reflector for each kind that the API server serves, begun when its CRD is installed and ended when
// it is gone for good.
#pragma once

#include <set>

#include "controller/source/kubernetes/content_mirror.h"
#include "controller/source/kubernetes/discovery.h"
#include "controller/source/kubernetes/object_mirror.h"
#include "controller/source/kubernetes/reflector.h"

namespace sluice::kubernetes {

/// One thread. Tells the outbox when the first world is whole (synced) and when what is wanted is there (answered).
class WatchSet {
 public:
  explicit WatchSet(Surroundings around);

  void start();
  /// Secrets and ConfigMaps whose contents are wanted from now on.
  void want(const std::set<api::ObjectRef>& contents, std::uint64_t number);

 private:
  using Clock = std::chrono::steady_clock;
  struct Watched {
    std::shared_ptr<Reflector> reflector;
    std::shared_ptr<ContentMirror> contents;  ///< null for kinds that are read whole
    std::optional<Clock::time_point> unserved_since;
    std::uint64_t answered = 0;
  };

  boost::asio::awaitable<void> look_again_and_again();
  boost::asio::awaitable<void> wait(std::chrono::milliseconds time, bool can_be_called);
  void look_soon();
  void watch_crds();
  void apply(const Served& served);
  void begin(const WatchedKind& kind, const Resource& resource);
  [[nodiscard]] bool may_go(const WatchedKind& kind) const;
  void end_if_gone(const std::string& kind, Watched& watched);
  void pass_on_wanted(std::string_view kind);
  void answered(const std::string& kind, std::uint64_t want);
  void tell_if_answered();
  void tell_if_synced();
  [[nodiscard]] bool lacks_a_kind() const;

  Surroundings around_;
  std::map<std::string, Watched> watched_;  ///< by kind
  std::shared_ptr<CrdMirror> crds_;
  std::shared_ptr<Reflector> crd_reflector_;
  std::set<api::ObjectRef> wanted_;
  std::uint64_t want_ = 0;
  Served served_;
  std::optional<Clock::time_point> first_look_;
  boost::asio::steady_timer timer_;
  bool is_called_ = false;  ///< a look is asked for
  bool may_not_see_crds_ = false;
};

}  // namespace sluice::kubernetes
