// The rules of one hostname of one frontend, compiled from an HttpHost. Immutable, shared between generations of Tables
// as long as the resource's hash is the same.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l7/action.h"
#include "userspace/l7/match.h"
#include "userspace/l7/path_index.h"

namespace sluice::l7 {

class HostTable {
 public:
  /// Gives the slot of a backend by its name in the model, and the counters of a rule (may be null).
  using SlotOf = std::function<std::shared_ptr<const BackendSlot>(const std::string& backend)>;
  using SeriesOf = std::function<std::shared_ptr<RuleSeries>(const model::v1::HttpAction& action)>;

  static std::shared_ptr<const HostTable> make(const model::v1::HttpHost& host, const SlotOf& slot_of,
                                               const SeriesOf& series_of);

  /// The entry of the smallest rank that takes the request; nullptr when none does. Allocates nothing.
  [[nodiscard]] const Entry* find(const RequestView& request) const;

  [[nodiscard]] const std::string& hostname() const { return hostname_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }  ///< in order of rank
  [[nodiscard]] const Action& action(const Entry& entry) const { return actions_[entry.action]; }
  [[nodiscard]] const std::vector<Action>& actions() const { return actions_; }
  [[nodiscard]] const std::string& next() const { return next_; }  ///< name of an HttpHost, or ""

  /// What could not be read of entries (a regular expression that RE2 refuses): their rules answer with an error.
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

 private:
  void add(const model::v1::HttpEntry& source);

  std::string hostname_;
  std::string next_;
  std::vector<Entry> entries_;
  std::vector<Action> actions_;
  PathIndex paths_;
  std::vector<std::string> errors_;
};

}  // namespace sluice::l7
