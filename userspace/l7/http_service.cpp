#include "userspace/l7/http_service.h"

#include <utility>

#include "userspace/l7/http2_connection.h"
#include "userspace/l7/http_connection.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {
namespace {

// Connections of one protocol, used again at the turn's end: one may still be on the stack when it is over.
template <class Connection>
class Connections {
 public:
  template <class Make>
  Connection& take(const Make& make) {
    if (free_.empty()) {
      all_.push_back(make());
      free_.reserve(all_.size());
      retired_.reserve(all_.size());
      return *all_.back();
    }
    Connection& connection = *free_.back();
    free_.pop_back();
    return connection;
  }
  void retire(Connection& connection) { retired_.push_back(&connection); }
  void recycle() {
    free_.insert(free_.end(), retired_.begin(), retired_.end());
    retired_.clear();
  }
  [[nodiscard]] const std::vector<std::unique_ptr<Connection>>& all() const { return all_; }

 private:
  std::vector<std::unique_ptr<Connection>> all_;
  std::vector<Connection*> free_;
  std::vector<Connection*> retired_;
};

class WorkerHttp final : public HttpService, public ConnectionOwner {
 public:
  WorkerHttp(transport::Loop& loop, const HttpOptions& options, WorkerCounters& counters, std::size_t index,
             AccessLog* log)
      : worker_(loop, options, counters, index, log) {}
  ~WorkerHttp() override { stop(); }

  void set_tables(std::shared_ptr<const Tables> tables) override { worker_.set_tables(std::move(tables)); }

  void serve(Accepted accepted) override {
    if (worker_.tables() == nullptr) return accepted.stream->abort();
    worker_.counters.connections.add();
    opened();
    if (accepted.protocol == Protocol::kHttp2) {
      take_http2().open(std::move(accepted), false);
    } else {
      http1_.take([&] { return std::make_unique<HttpConnection>(worker_, *this, worker_.options.request); })
          .open(std::move(accepted));
    }
  }

  void drain() override {
    draining_ = true;
    for (const auto& connection : http1_.all()) connection->drain();
    for (const auto& connection : http2_.all()) connection->drain();
    worker_.upstreams.drain();
  }

  void stop() override {
    draining_ = true;
    for (const auto& connection : http1_.all()) connection->abort();
    for (const auto& connection : http2_.all()) connection->abort();
    worker_.upstreams.drain();
  }

  [[nodiscard]] std::size_t connections() const override { return open_; }

  void on_connection_closed(HttpConnection& connection) override {
    http1_.retire(connection);
    closed();
  }
  void on_connection_closed(Http2Connection& connection) override {
    http2_.retire(connection);
    closed();
  }
  void on_http2(HttpConnection&, Accepted accepted, transport::Slice data) override {
    opened();
    Http2Connection& connection = take_http2();
    connection.open(std::move(accepted), true);
    connection.read(data);
  }
  [[nodiscard]] bool draining() const override { return draining_; }

 private:
  Http2Connection& take_http2() {
    return http2_.take([&] { return std::make_unique<Http2Connection>(worker_, *this); });
  }

  void opened() {
    ++open_;
    worker_.counters.connections_active.add();
  }

  void closed() {
    --open_;
    worker_.counters.connections_active.subtract();
    worker_.loop.arm(recycle_timer_, std::chrono::milliseconds(0));
  }

  void recycle() {
    http1_.recycle();
    http2_.recycle();
  }

  HttpWorker worker_;
  Connections<HttpConnection> http1_;
  Connections<Http2Connection> http2_;
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
