#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

HttpWorker::HttpWorker(transport::Loop& its_loop, const HttpOptions& its_options, WorkerCounters& its_counters,
                       std::size_t its_index, AccessLog* its_log)
    : loop(its_loop),
      options(its_options),
      counters(its_counters),
      index(its_index),
      log(its_log, its_loop),
      upstreams(its_loop, its_options.upstream, its_counters),
      path_scratch(its_options.request.target_bytes) {}

void HttpWorker::set_tables(std::shared_ptr<const Tables> tables) {
  upstreams.set_tables(*tables);
  generations_.push_back({.tables = std::move(tables)});
  current_ = &generations_.back();
  ++version_;
  generations_.remove_if([&](const TablesInUse& each) { return &each != current_ && each.users == 0; });
}

TablesInUse* HttpWorker::pin() {
  if (current_ != nullptr) ++current_->users;
  return current_;
}

void HttpWorker::release(TablesInUse* tables) {
  if (tables == nullptr || --tables->users > 0 || tables == current_) return;
  generations_.remove_if([&](const TablesInUse& each) { return &each == tables; });
}

Exchange& HttpWorker::take_exchange() {
  if (free_.empty()) {
    exchanges_.push_back(std::make_unique<Exchange>(*this));
    free_.reserve(exchanges_.size());
    return *exchanges_.back();
  }
  Exchange& exchange = *free_.back();
  free_.pop_back();
  return exchange;
}

}  // namespace sluice::l7
