// One ObjectSet after another, each immutable once it is given out, at the cost of what changes between them.
#pragma once

#include <memory>

#include "controller/source/kubernetes/outbox.h"

namespace sluice::kubernetes {

/// Two sets that take turns: while one is in use, the other, which lags by one batch, catches up. A set that somebody
/// still holds when its turn comes is left to them, and copied.
/// One thread, which all holders of the sets share: else whether a set is still held could change under our eyes.
class ObjectSets {
 public:
  /// The set with the changes, sorted by object. Holds until the next call but one, or as long as it is held.
  const std::shared_ptr<const api::ObjectSet>& apply(Outbox::Changes changes);

  /// Never null.
  [[nodiscard]] const std::shared_ptr<const api::ObjectSet>& current() const { return shown_; }

 private:
  std::shared_ptr<api::ObjectSet> front_ = std::make_shared<api::ObjectSet>();
  std::shared_ptr<api::ObjectSet> back_ = std::make_shared<api::ObjectSet>();
  std::shared_ptr<const api::ObjectSet> shown_ = front_;
  Outbox::Changes lag_;  ///< what front_ has before back_
};

}  // namespace sluice::kubernetes
