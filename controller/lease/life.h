// Whether nodes live, from one reading of their Leases after another. Without clock and I/O.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "controller/lease/node_leases.h"
#include "controller/lease/record.h"

namespace sluice::lease {

/// One thread.
class Life {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// period: between two readings, where all goes well. Of a longer time only twice as much counts.
  explicit Life(std::chrono::milliseconds period) : period_(period) {}

  /// All Leases of nodes that there are, by node.
  void saw(const std::map<std::string, Record>& leases, Time now);
  /// They could not be read.
  void missed(std::string problem) { lives_.problem = std::move(problem); }

  [[nodiscard]] const NodeLives& lives() const { return lives_; }

 private:
  struct Seen {
    std::string holder;
    std::string renewal;
    std::chrono::milliseconds since{0};  ///< by the time that counts, when it was last another
    bool is_renewed = false;             ///< it has been another than at first
    bool is_of_beginning = false;        ///< it was there at the first reading
  };
  void saw(const std::string& node, const Record& record, bool is_beginning);

  std::chrono::milliseconds period_;
  std::chrono::milliseconds counted_{0};  ///< time in which readings succeeded
  bool has_read_ = false;
  Time last_{};
  std::map<std::string, Seen> seen_;
  NodeLives lives_;
};

}  // namespace sluice::lease
