// What the HTTP connections of one worker share: tables, upstream connections, counters, log, and the pooled objects.
#pragma once

#include <array>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "userspace/l7/access_log.h"
#include "userspace/l7/exchange.h"
#include "userspace/l7/http_options.h"
#include "userspace/l7/metrics.h"
#include "userspace/l7/tables.h"
#include "userspace/l7/upstream_pool.h"
#include "userspace/l7/wall_clock.h"
#include "userspace/transport/loop.h"

namespace sluice::l7 {

/// One generation of tables with this worker's own count of exchanges that refer into it: shared_ptr's would be one
/// cache line that all workers write.
struct TablesInUse {
  std::shared_ptr<const Tables> tables;
  std::uint32_t users = 0;
};

class HttpWorker {
 public:
  /// log: nullptr: none. Options, counters and log outlive the worker.
  HttpWorker(transport::Loop& loop, const HttpOptions& options, WorkerCounters& counters, std::size_t index,
             AccessLog* log);
  HttpWorker(const HttpWorker&) = delete;
  HttpWorker& operator=(const HttpWorker&) = delete;

  void set_tables(std::shared_ptr<const Tables> tables);
  [[nodiscard]] const Tables* tables() const { return current_ == nullptr ? nullptr : current_->tables.get(); }

  [[nodiscard]] std::uint64_t tables_version() const { return version_; }  ///< 0: there are none yet

  /// Pins the tables in force until release().
  TablesInUse* pin();
  void release(TablesInUse* tables);

  Exchange& take_exchange();
  void recycle(Exchange& exchange) { free_.push_back(&exchange); }

  transport::Loop& loop;
  const HttpOptions& options;
  WorkerCounters& counters;
  const std::size_t index;
  AccessLogWriter log;
  WallClock clock;
  UpstreamPool upstreams;
  std::uint64_t turn = 0;  ///< for rules without counters of their own

  // Scratch of one call; what is in it is gone with the next request.
  std::array<char, 1024> host_scratch;
  std::vector<char> path_scratch;
  std::string text_scratch;
  std::string lines_scratch;

 private:
  TablesInUse* current_ = nullptr;
  std::uint64_t version_ = 0;
  std::list<TablesInUse> generations_;  ///< in force last; before it those that exchanges still refer to
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> free_;
};

}  // namespace sluice::l7
