// What listeners mean for each other, kept up to date: an edit costs what the listener collides with, not what stands
// on its port.
#pragma once

#include <unordered_set>

#include "controller/attach/listener_places.h"
#include "controller/attach/tls_overlap.h"

namespace sluice::attach {

class Neighbours {
 public:
  Neighbours() = default;
  Neighbours(const Neighbours&) = delete;  // standings point into owners_
  Neighbours& operator=(const Neighbours&) = delete;

  /// The owner's listeners from now on; nullopt: it is gone. To be called while the listeners that it had are still
  /// there; those that it has now stay in their place until the next call.
  void set(const api::ObjectRef& ref, std::optional<Owner> now);
  /// The same listeners on other addresses or in another order of precedence.
  void move(const api::ObjectRef& ref, const Precedence& precedence,
            const std::shared_ptr<const std::vector<std::string>>& addresses);

  /// Judges what was set since. Returns the listeners for which something changed, those included that are gone.
  std::set<ListenerId> settle();

  /// Of listeners that have neighbours who mean something.
  [[nodiscard]] const std::map<ListenerId, Neighbourhood>& all() const { return found_; }

  /// How many listeners the last settle() compared with others.
  [[nodiscard]] std::size_t compared() const { return compared_; }

 private:
  using Facts = std::unordered_set<const ListenerFacts*>;

  void take_out(const Owner& owner, const Facts& kept);
  void put_in(const Owner& owner, const std::vector<std::pair<const ListenerFacts*, const ListenerFacts*>>& kept);
  [[nodiscard]] std::optional<Standing> find(const ListenerId& id) const;
  [[nodiscard]] bool has_conflict(const ListenerId& id) const;
  [[nodiscard]] std::vector<Standing> closure() const;
  void judge_conflicts(const std::vector<Standing>& standings, std::set<ListenerId>& changed);
  void judge_overlaps(std::set<ListenerId>& changed);

  std::map<api::ObjectRef, Owner> owners_;
  ListenerPlaces places_;
  TlsNames names_;  ///< of those without conflict
  std::map<ListenerId, Neighbourhood> found_;
  std::set<ListenerId> again_;  ///< whose conflicts are to be judged
  TlsNames::Again overlaps_;    ///< whose overlaps are to be judged
  std::size_t compared_ = 0;
};

}  // namespace sluice::attach
