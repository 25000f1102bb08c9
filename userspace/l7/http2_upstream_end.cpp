// How a connection to a backend ends: by the backend, for want of use, with its endpoint.
#include <cerrno>
#include <utility>

#include "userspace/l7/http2_pool.h"
#include "userspace/l7/http2_upstream.h"
#include "userspace/l7/upstream_pool.h"

namespace sluice::l7 {

void Http2Upstream::on_data(transport::Slice data) {
  unheard_since_ = {};
  feed(data);
}

void Http2Upstream::on_written() {
  on_sent();
}

void Http2Upstream::on_end() {
  if (state_ != State::kOpen) return fail_opening(UpstreamFailure::kRefused);
  fail(UpstreamFailure::kReset);
}

void Http2Upstream::on_error(int error) {
  if (state_ == State::kOpen) return fail(UpstreamFailure::kReset);
  fail_opening(error == ETIMEDOUT ? UpstreamFailure::kTimeout : UpstreamFailure::kRefused);
}

void Http2Upstream::on_timer() {
  fail_opening(UpstreamFailure::kTimeout);
}

bool Http2Upstream::is_unwanted() const {
  return is_idle() && (leaving_ || pool_.is_unwanted(*endpoint_));
}

void Http2Upstream::on_rest() {
  if (state_ == State::kClosed || state_ == State::kConnecting) return;
  // It goes before it has taken any of those that wait. The next one would, too.
  if (state_ == State::kOpen && leaving_ && served_ == 0 && !endpoint_->http2.waiting.empty()) {
    return fail_opening(UpstreamFailure::kRefused);
  }
  if (is_over()) {
    if (state_ == State::kGreeting) return fail_opening(UpstreamFailure::kNotHttp);
    return fail(broken_ || !goodbye_ ? UpstreamFailure::kReset : UpstreamFailure::kUnprocessed);
  }
  if (state_ == State::kOpen && most_ == 0 && requests_.empty() && !leaving_) {
    return fail_opening(UpstreamFailure::kRefused);  // it takes none at all
  }
  if (is_unwanted() && !std::exchange(goodbye_, true)) {
    nghttp2_session_terminate_session(session(), NGHTTP2_NO_ERROR);
    pump();
  }
}

// A host that is gone without a word takes what is sent to it until TCP gives up, a minute later.
void Http2Upstream::doubt() {
  if (is_unheard() && pool_.loop().now() - unheard_since_ >= pool_.limits().connect_timeout) leaving_ = true;
}

void Http2Upstream::leave() {
  if (is_unwanted()) pump();
}

void Http2Upstream::expire() {
  leaving_ = true;
  pump();
}

void Http2Upstream::fail_opening(UpstreamFailure failure) {
  Endpoint& endpoint = *endpoint_;
  pool_.opening_failed(*this);
  close();
  pool_.fail_waiting(endpoint, failure);
  pool_.retire(*this, endpoint);
}

void Http2Upstream::fail(UpstreamFailure failure) {
  Endpoint& endpoint = *endpoint_;
  const std::vector<Http2Request*> left = std::exchange(requests_, {});
  close();
  for (Http2Request* request : left) request->lose();
  for (Http2Request* request : left) request->fail_lost(failure);
  pool_.retire(*this, endpoint);
}

// No request finds it any more; nghttp2 says nothing more either.
void Http2Upstream::close() {
  state_ = State::kClosed;
  timer_.cancel();
  stream_.reset();
  end_session();
  queue_.clear();
  touched_.clear();
  crowded_.clear();
  requests_.clear();
}

}  // namespace sluice::l7
