#include "userspace/l7/http_service.h"

#include <utility>

#include "userspace/l7/http_connection.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {
namespace {

class WorkerHttp final : public HttpService, public ConnectionOwner {
 public:
  WorkerHttp(transport::Loop& loop, const HttpOptions& options, WorkerCounters& counters, std::size_t index,
             AccessLog* log)
      : worker_(loop, options, counters, index, log) {}
  ~WorkerHttp() override { stop(); }

  void set_tables(std::shared_ptr<const Tables> tables) override { worker_.set_tables(std::move(tables)); }

  void serve(Accepted accepted) override {
    if (worker_.tables() == nullptr) return accepted.stream->abort();
    ++open_;
    worker_.counters.connections.add();
    worker_.counters.connections_active.add();
    take().open(std::move(accepted));
  }

  void drain() override {
    draining_ = true;
    for (const auto& connection : all_) connection->drain();
    worker_.upstreams.drain();
  }

  void stop() override {
    draining_ = true;
    for (const auto& connection : all_) connection->abort();
    worker_.upstreams.drain();
  }

  [[nodiscard]] std::size_t connections() const override { return open_; }

  void on_connection_closed(HttpConnection& connection) override {
    --open_;
    worker_.counters.connections_active.subtract();
    retired_.push_back(&connection);
    worker_.loop.arm(recycle_timer_, std::chrono::milliseconds(0));
  }
  [[nodiscard]] bool draining() const override { return draining_; }

 private:
  HttpConnection& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<HttpConnection>(worker_, *this, worker_.options.request));
      free_.reserve(all_.size());
      retired_.reserve(all_.size());
      return *all_.back();
    }
    HttpConnection& connection = *free_.back();
    free_.pop_back();
    return connection;
  }

  // At the turn's end: a connection may still be on the stack when it is over.
  void recycle() {
    free_.insert(free_.end(), retired_.begin(), retired_.end());
    retired_.clear();
  }

  HttpWorker worker_;
  std::vector<std::unique_ptr<HttpConnection>> all_;
  std::vector<HttpConnection*> free_;
  std::vector<HttpConnection*> retired_;
  std::size_t open_ = 0;
  bool draining_ = false;
  transport::Timer recycle_timer_ = transport::Timer::bind<&WorkerHttp::recycle>(this);
};

}  // namespace

HttpServices::HttpServices(HttpOptions options, std::size_t workers, std::shared_ptr<RuleRegistry> rules,
                           AccessLog* log)
    : options_(options), rules_(std::move(rules)), log_(log) {
  for (std::size_t i = 0; i < workers; ++i) counters_.push_back(std::make_unique<WorkerCounters>());
}

MakeHttpService HttpServices::make() {
  return [this](transport::Loop& loop, std::size_t worker) -> std::unique_ptr<HttpService> {
    return std::make_unique<WorkerHttp>(loop, options_, *counters_.at(worker), worker, log_);
  };
}

std::string HttpServices::metrics() const {
  std::vector<const WorkerCounters*> workers;
  workers.reserve(counters_.size());
  for (const auto& each : counters_) workers.push_back(each.get());
  std::string out;
  static const RuleRegistry kNone(0);
  append_metrics(rules_ ? *rules_ : kNone, workers, out);
  out +=
      "# HELP sluice_access_log_lost_bytes_total Octets of the access log that its file or pipe did not take.\n"
      "# TYPE sluice_access_log_lost_bytes_total counter\n"
      "sluice_access_log_lost_bytes_total " +
      std::to_string(log_ == nullptr ? 0 : log_->lost_bytes()) + "\n";
  return out;
}

}  // namespace sluice::l7
