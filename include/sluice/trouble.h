// What does not work, a line for a log each time that it is another.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace sluice {

struct Trouble {
  std::string subject;  ///< "HTTPRoute shop/cart", "discovery", "node a"
  std::string what;     ///< empty: it is over
  bool operator==(const Trouble&) const = default;
};

/// Of each subject the latest, as it is to be told; that it is over is told only to who was told of it. One thread, or
/// a lock of the owner's.
class Troubles {
 public:
  /// True: there is something to take.
  bool say(const std::string& subject, const std::string& what) {
    const auto told = told_.find(subject);
    if (told == told_.end() ? what.empty() : told->second == what) {
      untold_.erase(subject);
      return false;
    }
    untold_[subject] = what;
    return true;
  }

  /// In order of subjects.
  std::vector<Trouble> take() {
    std::vector<Trouble> out;
    out.reserve(untold_.size());
    for (auto& [subject, what] : untold_) {
      if (what.empty()) {
        told_.erase(subject);
      } else {
        told_[subject] = what;
      }
      out.push_back({subject, std::move(what)});
    }
    untold_.clear();
    return out;
  }

 private:
  std::map<std::string, std::string> told_;  ///< and not over
  std::map<std::string, std::string> untold_;
};

}  // namespace sluice
