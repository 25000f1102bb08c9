#include <array>
#include <string>

#include "userspace/l7/metrics.h"

namespace sluice::l7 {
namespace {

void family(std::string_view name, std::string_view type, std::string_view help, std::string& out) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void sample(std::string_view name, std::string_view labels, std::string_view value, std::string& out) {
  out.append(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

void sample(std::string_view name, std::string_view labels, std::uint64_t value, std::string& out) {
  sample(name, labels, std::to_string(value), out);
}

// Microseconds as seconds, without rounding: 2500 -> "0.0025".
std::string seconds(std::uint64_t microseconds) {
  std::string fraction = std::to_string(1'000'000 + microseconds % 1'000'000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  std::string text = std::to_string(microseconds / 1'000'000);
  return fraction.empty() ? text : text + "." + fraction;
}

struct Sums {
  std::array<std::uint64_t, kDurationBounds.size() + 1> buckets{};
  std::uint64_t microseconds = 0;
  void add(const Histogram& histogram) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += histogram.buckets()[i].value();
    microseconds += histogram.sum_microseconds();
  }
};

void histogram(std::string_view name, const std::string& labels, const Sums& sums, std::string& out) {
  const std::string series(name);
  const std::string before = (labels.empty() ? "" : labels + ",") + "le=\"";
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < sums.buckets.size(); ++i) {
    count += sums.buckets[i];
    std::string bound = before;
    bound += i < kDurationBounds.size() ? seconds(kDurationBounds[i]) : "+Inf";
    sample(series + "_bucket", bound += '"', count, out);
  }
  sample(series + "_sum", labels, seconds(sums.microseconds), out);
  sample(series + "_count", labels, count, out);
}

// Object names have no character that a label's value must escape (RFC 1123).
std::string labels_of(const RuleSeries& series) {
  return "route=\"" + series.labels().route + "\",rule=\"" + series.labels().rule + "\"";
}

constexpr std::array<std::string_view, 6> kClasses{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

void append_requests(const RuleSeries& series, std::string& out) {
  for (std::size_t code = 0; code < kClasses.size(); ++code) {
    for (std::size_t method = 0; method < kMethodLabels.size(); ++method) {
      std::uint64_t count = 0;
      series.each_cell([&](const RuleCell& cell) { count += cell.requests[code][method].value(); });
      if (count == 0) continue;
      sample("sluice_http_requests_total",
             labels_of(series) + ",code_class=\"" + std::string(kClasses[code]) + "\",method=\"" +
                 std::string(kMethodLabels[method]) + "\"",
             count, out);
    }
  }
}

void append_rules(const RuleRegistry& rules, std::string& out) {
  const auto all = rules.all();
  family("sluice_http_requests_total", "counter", "Requests by rule, class of the status sent, and method.", out);
  for (const auto& series : all) append_requests(*series, out);
  family("sluice_http_request_duration_seconds", "histogram",
         "From a request's whole head to the last octet of its response.", out);
  for (const auto& series : all) {
    Sums sums;
    series->each_cell([&](const RuleCell& cell) { sums.add(cell.duration); });
    histogram("sluice_http_request_duration_seconds", labels_of(*series), sums, out);
  }
}

using Workers = std::vector<const WorkerCounters*>;

void append_sum(const Workers& workers, std::string_view name, std::string_view type, std::string_view help,
                Counter WorkerCounters::* counter, std::string& out) {
  std::uint64_t total = 0;
  for (const WorkerCounters* worker : workers) total += (worker->*counter).value();
  family(name, type, help, out);
  sample(name, "", total, out);
}

void append_bytes(const Workers& workers, std::string& out) {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  for (const WorkerCounters* worker : workers) {
    received += worker->bytes_received.value();
    sent += worker->bytes_sent.value();
  }
  family("sluice_l7_client_bytes_total", "counter", "Octets received from clients, and of bodies sent to them.", out);
  sample("sluice_l7_client_bytes_total", R"(direction="received")", received, out);
  sample("sluice_l7_client_bytes_total", R"(direction="sent")", sent, out);
}

void append_ended(const Workers& workers, std::string& out) {
  family("sluice_l7_requests_ended_total", "counter", "Requests by why they ended; docs/concepts/http-routing.md.",
         out);
  for (std::size_t reason = 0; reason < kReasons; ++reason) {
    std::uint64_t total = 0;
    for (const WorkerCounters* worker : workers) total += worker->ended[reason].value();
    sample("sluice_l7_requests_ended_total", "reason=\"" + std::string(name(static_cast<Reason>(reason))) + "\"", total,
           out);
  }
}

}  // namespace

void append_metrics(const RuleRegistry& rules, const std::vector<const WorkerCounters*>& workers, std::string& out) {
  append_rules(rules, out);
  append_ended(workers, out);
  using W = WorkerCounters;
  append_sum(workers, "sluice_l7_client_connections_total", "counter", "HTTP connections taken.", &W::connections, out);
  append_sum(workers, "sluice_l7_client_connections_active", "gauge", "HTTP connections open.", &W::connections_active,
             out);
  append_sum(workers, "sluice_l7_client_http2_connections_total", "counter", "Those of them that speak HTTP/2.",
             &W::http2_connections, out);
  append_sum(workers, "sluice_l7_client_http2_streams_total", "counter", "Streams that HTTP/2 clients opened.",
             &W::http2_streams, out);
  append_bytes(workers, out);
  append_sum(workers, "sluice_l7_upstream_connects_total", "counter", "Connections begun to endpoints.",
             &W::upstream_connects, out);
  append_sum(workers, "sluice_l7_upstream_connect_failures_total", "counter", "Connections that endpoints refused.",
             &W::upstream_connect_failures, out);
  append_sum(workers, "sluice_l7_upstream_reuses_total", "counter", "Requests sent on a connection that was idle.",
             &W::upstream_reuses, out);
  append_sum(workers, "sluice_l7_upstream_http2_streams_total", "counter", "Requests sent by HTTP/2.",
             &W::upstream_streams, out);
  append_sum(workers, "sluice_l7_upstream_retries_total", "counter",
             "Requests sent again: an idle connection had been closed, or the backend had not touched them.",
             &W::upstream_retries, out);
  append_sum(workers, "sluice_l7_upstream_connections_idle", "gauge", "Connections kept for the next request.",
             &W::upstream_idle, out);
  family("sluice_l7_upstream_connect_duration_seconds", "histogram", "Time to connect to an endpoint.", out);
  Sums sums;
  for (const WorkerCounters* worker : workers) sums.add(worker->upstream_connect_duration);
  histogram("sluice_l7_upstream_connect_duration_seconds", "", sums, out);
}

}  // namespace sluice::l7
