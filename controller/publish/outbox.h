// What the publisher's thread has for its owner: how it stands with nodes, the latest alone; tokens to be reviewed; and
// a descriptor that says that there is something.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/publish/publisher.h"
#include "sluice/wake.h"

namespace sluice::publish {

/// Any thread.
class Outbox {
 public:
  struct Review {
    std::string token;
    OnReviewed answered;
  };
  struct Taken {
    std::map<std::string, std::optional<NodeState>> states;  ///< nullopt: no entry any more
    std::vector<Trouble> troubles;
    std::vector<Review> reviews;
  };

  void state(const std::string& node, std::optional<NodeState> state);
  /// The latest of a subject; that it is over is told only to who was told of it.
  void trouble(const std::string& subject, const std::string& what);
  void review(Review review);

  /// Readable when take() has something; owned by this object.
  [[nodiscard]] int fd() const { return wake_.fd(); }
  Taken take();

 private:
  Wake wake_;
  std::mutex mutex_;  ///< guards what follows
  Taken taken_;       ///< without troubles
  Troubles troubles_;
};

}  // namespace sluice::publish
