// The end of an exchange: its line in the log, its counts, and its place in the pool.
#include <algorithm>
#include <utility>

#include "userspace/l7/exchange.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {
namespace {

std::string_view after(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

}  // namespace

void Exchange::finish(Reason reason) {
  drop_upstream();
  if (reason != Reason::kForwarded) reason_ = reason;
  const auto duration = worker_.loop.now() - started_;
  worker_.counters.ended[static_cast<std::size_t>(reason_)].add();
  if (cell_ != nullptr) {
    // RFC 9110 15: a status of no known class (600 to 999) is to be treated as a 5xx.
    cell_->requests[std::min(status_ / 100U, 5U)][method_label(head_->method)].add();
    cell_->duration.observe(duration);
  }
  if (worker_.log.enabled()) log(duration);
  worker_.release(std::exchange(tables_, nullptr));
  worker_.recycle(*this);
}

void Exchange::log(std::chrono::nanoseconds duration) {
  AccessRecord record{.started = started_,
                      .duration = duration,
                      .client = facts_->address,
                      .method = head_->method,
                      .host = head_->authority,
                      .target = head_->target,
                      .minor_version = head_->minor_version,
                      .http2 = head_->http2,
                      .tls = facts_->tls,
                      .status = status_,
                      .reason = reason_,
                      .endpoint = endpoint_,
                      .request_bytes = received_,
                      .response_bytes = sent_};
  if (answered_ != decltype(answered_){}) record.backend_duration = answered_ - asked_;
  if (listener_ != nullptr) record.listener = after(listener_->frontend(), "frontend/");
  if (decision_.action != nullptr && decision_.action->series != nullptr) {
    record.route = decision_.action->series->labels().route;
    record.rule = decision_.action->series->labels().rule;
  }
  if (target_ != nullptr) record.backend = after(target_->backend->name, "backend/");
  worker_.log.add(record, worker_.clock);
}

}  // namespace sluice::l7
