// The part of the model that nodes of one Serving are to have: what is reachable from the frontends that they serve.
// Kept up to date by counting references (they form no cycle), so that a change costs what it touches.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/publish/catalogue.h"
#include "controller/publish/publisher.h"

namespace sluice::publish {

/// One thread. The catalogue outlives it.
class View {
 public:
  using Names = std::set<std::string>;

  View(Serving serving, const Catalogue& catalogue);

  /// After the catalogue took these changes. Returns the names that came in, changed or left.
  Names update(const std::vector<Catalogue::Change>& changes);

  /// Null: nodes of this view are not to have it.
  [[nodiscard]] PublishedPtr find(std::string_view name) const;

  /// All of it, in order of names.
  template <class F>
  void each(F&& take) const {
    for (const auto& [name, member] : members_) {
      if (member.resource != nullptr) take(member.resource);
    }
  }

  /// Names in which two views differ.
  [[nodiscard]] Names difference(const View& other) const;

  /// Of all of it (control::HoldingDigest).
  [[nodiscard]] const std::string& digest() const;

 private:
  struct Member {
    std::size_t count = 0;  ///< members that refer to it, and 1 for a frontend that is served
    PublishedPtr resource;  ///< whose references are counted; null: referred to, but there is none
  };
  void retain(std::string_view name, Names& touched);
  void release(std::string_view name, Names& touched);
  void update_member(const Catalogue::Change& change, Names& touched, std::vector<PublishedPtr>& replaced);
  [[nodiscard]] bool is_root(std::string_view name) const { return serving_.all && name.starts_with("frontend/"); }

  const Serving serving_;
  const Catalogue& catalogue_;
  std::map<std::string, Member, std::less<>> members_;
  std::set<std::string> roots_;
  mutable std::string digest_;  ///< empty: not known
};

}  // namespace sluice::publish
