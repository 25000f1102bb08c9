#include "userspace/l7/exchange.h"

#include <algorithm>
#include <utility>

#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

void Exchange::reset(const RequestHead& head, const ClientFacts& facts, ClientSide& client) {
  head_ = &head;
  facts_ = &facts;
  client_ = &client;
  tables_ = worker_.pin();
  listener_ = nullptr;
  decision_ = {};
  target_ = nullptr;
  cell_ = nullptr;
  upstream_ = nullptr;
  attempts_ = repeats_ = 0;
  endpoint_.clear();
  started_ = worker_.loop.now();
  asked_ = answered_ = {};
  received_ = sent_ = 0;
  status_ = 0;
  reason_ = Reason::kForwarded;
  head_sent_ = request_ended_ = response_begun_ = upstream_paused_ = continued_ = false;
}

void Exchange::refuse(const RequestHead& head, const ClientFacts& facts, ClientSide& client, Reason reason) {
  reset(head, facts, client);
  reply(reason);
}

void Exchange::start(const RequestHead& head, const ClientFacts& facts, ClientSide& client) {
  reset(head, facts, client);
  if (!route()) return;
  const Action& action = *decision_.action;
  if (!action.unsupported.empty() || !action.filters.unsupported.empty()) return reply(Reason::kUnsupported);
  if (action.filters.redirect) return redirect();
  if (!choose_backend()) return;
  if (action.request_timeout.count() > 0) worker_.loop.arm(request_timer_, action.request_timeout);
  if (!connect_elsewhere()) reply(Reason::kNoEndpoints);
}

bool Exchange::choose_backend() {
  const Action& action = *decision_.action;
  target_ = action.pick(cell_ != nullptr ? cell_->turn++ : worker_.turn++);
  if (target_ == nullptr) return reply(Reason::kNoBackend), false;
  const Backend* backend = tables_->tables->backend(*target_->backend);
  if (backend == nullptr || backend->origin.state() == model::v1::Backend::INVALID) {
    return reply(Reason::kInvalidBackend), false;
  }
  if (!target_->filters.unsupported.empty()) return reply(Reason::kUnsupported), false;
  if (target_->filters.redirect) return redirect(), false;
  if (backend->origin.tls_required()) return reply(Reason::kTlsRequired), false;
  if (backend->ready.empty()) return reply(Reason::kNoEndpoints), false;
  // gRPC is HTTP/2's (gRPC over HTTP/2), whatever the Service says or leaves out.
  protocol_ = backend->http2 || action.grpc ? UpstreamProtocol::kHttp2 : UpstreamProtocol::kHttp1;
  return true;
}

bool Exchange::connect_elsewhere() {
  if (attempts_ == kMostAttempts) return false;
  Endpoint* next = worker_.upstreams.choose(*target_->backend, {tried_.data(), attempts_});
  if (next == nullptr) return false;
  tried_[attempts_++] = next;
  connect(may_repeat() ? Reuse::kAny : Reuse::kQuiet);
  return true;
}

void Exchange::connect(Reuse reuse) {
  Endpoint& endpoint = *tried_[attempts_ - 1];
  endpoint_.assign(endpoint.text);
  head_sent_ = false;
  asked_ = worker_.loop.now();
  const auto timeout = decision_.action->backend_request_timeout;
  if (timeout.count() > 0) worker_.loop.arm(backend_timer_, timeout);
  upstream_ = &worker_.upstreams.lend(endpoint, *this, protocol_, reuse);
  if (upstream_->ready()) send_head();
}

void Exchange::on_upstream_ready() {
  send_head();
  client_->deliver_body();  // may have ended the exchange
}

void Exchange::send_head() {
  const FilterChain& filters = decision_.action->filters;
  upstream_->send_head({.head = *head_,
                        .target = outgoing_target(),
                        .host = outgoing_host(),
                        .forwarded = {.client_ip = facts_->ip, .scheme = facts_->scheme(), .host = head_->authority},
                        .edits = {filters.request_headers, target_->filters.request_headers}});
  head_sent_ = true;
  if (head_->bodiless() || request_ended_) upstream_->send_end({});
}

bool Exchange::takes_body() const {
  return upstream_ != nullptr && head_sent_ && !upstream_->congested();
}

void Exchange::on_body(transport::Slice data) {
  received_ += data.size();
  if (upstream_ != nullptr) upstream_->send_body(std::move(data));
}

void Exchange::on_body_end(std::string_view trailers) {
  request_ended_ = true;
  if (!trailers.empty()) repeats_ = kMostAttempts;  // they are not kept
  if (upstream_ != nullptr) upstream_->send_end(trailers);
}

void Exchange::flush_request() {
  if (upstream_ != nullptr && head_sent_) upstream_->flush();
}

void Exchange::on_upstream_drained() {
  client_->deliver_body();
}

void Exchange::on_interim(const ResponseHead& head) {
  // RFC 9110 15.2: a proxy forwards 1xx, but not to HTTP/1.0, nor a 100 that nobody asked for.
  if (head_->minor_version == 0 || (head.status == 100 && !head_->expects_continue)) return;
  continued_ = continued_ || head.status == 100;
  client_->send_interim(head);
  client_->flush();
}

void Exchange::on_response_head(const ResponseHead& head) {
  response_begun_ = true;
  status_ = head.status;
  answered_ = worker_.loop.now();
  client_->send_head(head, {target_->filters.response_headers, decision_.action->filters.response_headers});
}

void Exchange::on_response_body(transport::Slice data) {
  sent_ += data.size();
  client_->send_body(std::move(data));
}

void Exchange::on_response_flush() {
  Upstream* upstream = upstream_;
  client_->flush();  // may have ended the exchange: only a congested client says that it has not
  if (upstream_ != upstream || upstream == nullptr || !client_->congested()) return;
  upstream_paused_ = true;
  upstream->pause();
}

void Exchange::client_drained() {
  if (!upstream_paused_ || upstream_ == nullptr) return;
  upstream_paused_ = false;
  upstream_->resume();
}

void Exchange::on_response_end(std::string_view trailers) {
  upstream_ = nullptr;
  backend_timer_.cancel();
  request_timer_.cancel();
  client_->send_end(trailers);
  client_->flush();
}

void Exchange::on_upstream_failed(UpstreamFailure failure) {
  const bool stale = upstream_->stale();
  upstream_ = nullptr;
  backend_timer_.cancel();
  switch (failure) {
    case UpstreamFailure::kRefused:
    case UpstreamFailure::kTimeout:
      if (!connect_elsewhere()) {
        return fail(failure == UpstreamFailure::kTimeout ? Reason::kConnectTimeout : Reason::kConnectFailed);
      }
      if (upstream_->ready()) client_->deliver_body();
      return;
    case UpstreamFailure::kReset:
      if (!stale || !may_repeat() || repeats_++ == kMostAttempts) return fail(Reason::kUpstreamReset);
      worker_.counters.upstream_retries.add();
      attempts_ = 0;
      if (Endpoint* next = worker_.upstreams.choose(*target_->backend, {})) {
        tried_[attempts_++] = next;
        connect(Reuse::kNone);
        if (upstream_->ready()) client_->deliver_body();  // HTTP/2: a connection that is open takes it at once
        return;
      }
      return fail(Reason::kNoEndpoints);
    case UpstreamFailure::kUnprocessed:
      if (response_begun_ || !repeat_untouched()) return fail(Reason::kUpstreamReset);
      if (upstream_->ready()) client_->deliver_body();
      return;
    case UpstreamFailure::kNotHttp:
      return fail(Reason::kUpstreamInvalid);
  }
}

// An idle connection that the backend closed while the request was under way: RFC 9110 9.2.2 lets only idempotent
// methods be sent again without knowing whether they were carried out. A body is not kept, so it cannot be sent again.
bool Exchange::may_repeat() const {
  static constexpr std::array<std::string_view, 6> kIdempotent{"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
  return head_->bodiless() && std::ranges::find(kIdempotent, head_->method) != kIdempotent.end();
}

// Nothing of a body may have gone: it is not kept. By the same endpoint as well: a connection that is being ended says
// the same of what comes too late for it.
bool Exchange::repeat_untouched() {
  if (received_ > 0 || repeats_ == kMostAttempts) return false;
  ++repeats_;
  worker_.counters.upstream_retries.add();
  attempts_ = 0;
  return connect_elsewhere();
}

void Exchange::drop_upstream() {
  if (upstream_ != nullptr) std::exchange(upstream_, nullptr)->drop();
  backend_timer_.cancel();
  request_timer_.cancel();
}

void Exchange::fail(Reason reason) {
  drop_upstream();
  if (response_begun_) {
    reason_ = reason;
    return client_->cut(reason);
  }
  reply(reason);
  client_->flush();
}

}  // namespace sluice::l7
