// A Lease (coordination.k8s.io/v1), contended for or simply held, on a thread of its own: neither a model that takes a
// second to compile nor a data plane that is busy delays a renewal.
//
//   lease::Lease lease(cluster, {.namespace_ = "sluice-system", .name = "sluice-controller", .identity = pod});
//   // each time that lease.fd() is readable:
//   const auto state = lease.take();
//   if (state.holds) publisher.lead(state.transitions) else publisher.follow(state.annotation(kAdvertiseAnnotation))
//
// Semantics of client-go's leaderelection: a Lease is free when we have seen no renewal of it for its leaseDuration by
// our own monotonic clock; the clocks of others are written and shown, never compared. Who cannot renew for
// renewDeadline holds it no more, before anybody else can take it. leaseTransitions grows by one each time that the
// holder is another, and so is the epoch of what its holder says.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "controller/source/kubernetes/cluster.h"

namespace sluice::lease {

/// Where the leader takes connections of nodes: an annotation of its Lease.
inline constexpr std::string_view kAdvertiseAnnotation = "sluice.dev/advertise";

struct Terms {
  using Milliseconds = std::chrono::milliseconds;
  Milliseconds duration{15'000};        ///< written as leaseDurationSeconds, so whole seconds
  Milliseconds renew_deadline{10'000};  ///< shorter than duration
  Milliseconds retry_period{2'000};     ///< between renewals, and between tries to get it; those with a jitter
};
inline constexpr Terms kControllerTerms{};
/// A node's own Lease, which nobody contends for. Its deadline takes nothing from the node: one that cannot renew keeps
/// its VIPs, since without the API server nobody can be given them.
inline constexpr Terms kNodeTerms{Terms::Milliseconds(5'000), Terms::Milliseconds(4'500), Terms::Milliseconds(1'500)};

struct LeaseOptions {
  std::string namespace_ = "sluice-system";
  std::string name;
  std::string identity;  ///< of this process: another one of the same pod or node has another
  Terms terms = kControllerTerms;
  /// Waits until the Lease is free. Else takes it at once, whoever has it: a node's daemon from the one before it.
  bool is_contended = true;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;  ///< while we hold it
  /// Called on the Lease's own thread, each time that it was renewed. Must not wait.
  std::function<void()> renewed = [] {};
};

struct LeaseState {
  bool holds = false;
  bool is_renewed = false;  ///< holds, and renewDeadline has not passed since it was renewed: others know it, too
  std::string holder;       ///< as it was last read; empty: nobody, or not known yet
  std::int64_t transitions = 0;
  std::map<std::string, std::string> annotations;  ///< the holder's
  std::string problem;                             ///< why the last try failed; empty: it did not
  bool operator==(const LeaseState&) const = default;

  /// Empty where there is none.
  [[nodiscard]] std::string annotation(std::string_view name) const {
    const auto found = annotations.find(std::string(name));
    return found != annotations.end() ? found->second : "";
  }
};

/// All functions belong to one thread, the owner's.
class Lease {
 public:
  /// Begins at once.
  Lease(const kubernetes::Cluster& cluster, LeaseOptions options);
  /// Ends the thread without a word to the API server: the Lease runs out by itself, as after kill -9.
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// Readable when the state is another than take() last gave; owned by this object.
  [[nodiscard]] int fd() const;

  /// As of now. holds and is_renewed are judged by the clock at each call: a process that was stopped for a while finds
  /// it false.
  LeaseState take();

  /// Ours from now on, in the place of those before; written at once if they differ and we hold the Lease.
  void annotate(std::map<std::string, std::string> annotations);

  /// Gives the Lease up, so that another can have it at once, and ends. False: the API server did not confirm it in
  /// time; it runs out by itself then. True where there was nothing to give up.
  bool release(std::chrono::milliseconds timeout);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::lease
