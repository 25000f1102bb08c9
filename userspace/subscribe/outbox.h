// What the subscriber's thread has for its owner, and a descriptor that says that there is something.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sluice/trouble.h"
#include "sluice/wake.h"
#include "userspace/subscribe/conversation.h"

namespace sluice::subscribe {

/// Any thread.
class Outbox {
 public:
  struct Taken {
    bool asks_what_is_held = false;
    bool asks_for_beat = false;
    std::optional<Transaction> transaction;
    std::vector<Trouble> troubles;
  };

  /// A stream has begun: what came by an earlier one and was not taken is void.
  void ask_what_is_held();
  void ask_for_beat();
  /// Dropped where another Hello than it was made for is the last one.
  void transaction(Transaction transaction);
  /// The latest of a subject; that it is over is told only to who was told of it.
  void trouble(const std::string& subject, const std::string& what);

  /// The owner says Hello number so-and-so: what was made for an earlier one is void.
  void hello(std::uint64_t number);

  /// Readable when take() has something; owned by this object.
  [[nodiscard]] int fd() const { return wake_.fd(); }
  Taken take();

 private:
  Wake wake_;
  std::mutex mutex_;  ///< guards what follows
  std::uint64_t hello_ = 0;
  Taken taken_;  ///< without troubles
  Troubles troubles_;
};

}  // namespace sluice::subscribe
