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
    std::map<std::string, std::string> troubles;
    std::vector<Review> reviews;
  };

  Outbox();
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void state(const std::string& node, std::optional<NodeState> state);
  /// The latest of a subject; that it is over is told only to who was told of it.
  void trouble(const std::string& subject, const std::string& what);
  void review(Review review);

  /// Readable when take() has something; owned by this object.
  [[nodiscard]] int fd() const { return event_; }
  Taken take();

 private:
  void wake();

  const int event_;
  std::mutex mutex_;  ///< guards what follows
  bool is_awake_ = false;
  Taken taken_;
  std::map<std::string, std::string> told_;  ///< troubles that are not over
};

}  // namespace sluice::publish
