#include "userspace/subscribe/calls.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <utility>

#include "sluice/control.h"
#include "sluice/control_bytes.h"
#include "sluice/control_loop.h"

namespace sluice::subscribe {
namespace {

using control::to_buffer;
using control::to_bytes;

/// A channel for one call: what it is called with is read anew for the next.
std::shared_ptr<grpc::Channel> new_channel(const Endpoint& endpoint) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = endpoint.authorities_pem;
  tls.pem_private_key = endpoint.key_pem;
  tls.pem_cert_chain = endpoint.certificate_pem;
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride(endpoint.server_name);
  arguments.SetMaxReceiveMessageSize(control::kMessageLimit);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return grpc::CreateCustomChannel(endpoint.address, grpc::SslCredentials(tls), arguments);
}

/// gRPC has one code for all that happens on the way; its words alone tell whether there was a connection.
bool is_unreachable(const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return false;
  const std::string message = status.error_message();
  return message.contains("Failed to connect to remote host") || message.contains("DNS resolution failed");
}

Ending ending_of(const grpc::Status& status) {
  return {status.ok(), status.error_code() == grpc::StatusCode::UNAUTHENTICATED, is_unreachable(status),
          status.ok() ? "the controller has ended the stream" : status.error_message()};
}

struct Enrolling {
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericStub> stub;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> call;
  grpc::ByteBuffer response;
  grpc::Status status;
};

/// One read and at most one write under way; Finish when none is.
class GrpcStream : public StreamCall {
 public:
  GrpcStream(Caller caller, const Endpoint& endpoint, Events events)
      : caller_(caller), events_(std::move(events)), stub_(new_channel(endpoint)) {}

  void begin() {
    call_ = stub_.PrepareCall(&context_, control::kStreamMethod, &caller_.queue);
    ++under_way_;
    call_->StartCall(tag([this](bool ok) {
      if (!ok || is_ending_) return;
      read();
      events_.can_write();
    }));
  }

  void write(const std::string& bytes) override {
    if (is_ending_) return;
    ++under_way_;
    call_->Write(to_buffer(bytes), tag([this](bool ok) {
                   if (ok && !is_ending_) events_.can_write();
                 }));
  }

  void leave(const std::string& why) override {
    if (is_ending_) return;
    is_ending_ = true;
    why_ = why;
    context_.TryCancel();
  }

 private:
  /// Finishes after the last operation of a call that has come to its end.
  void* tag(std::function<void(bool)> done) {
    return caller_.loop.tag([self = shared_from_this(), this, done = std::move(done)](bool ok) {
      --under_way_;
      done(ok);
      is_ended_ = is_ended_ || !ok;
      if (under_way_ == 0 && (is_ended_ || is_ending_)) finish();
    });
  }

  void read() {
    ++under_way_;
    call_->Read(&in_, tag([this](bool ok) {
      if (!ok || is_ending_) return;
      events_.message(to_bytes(in_));
      if (!is_ending_) read();
    }));
  }

  void finish() {
    if (std::exchange(is_finishing_, true)) return;
    call_->Finish(&status_, caller_.loop.tag([self = shared_from_this(), this](bool /*ok*/) {
      auto ending = ending_of(status_);
      if (!why_.empty()) ending = {.why = why_};
      events_.ended(std::move(ending));
    }));
  }

  Caller caller_;
  Events events_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer in_;
  grpc::Status status_;
  std::string why_;
  int under_way_ = 0;
  bool is_ended_ = false;   ///< an operation has failed: the peer or the network has ended it
  bool is_ending_ = false;  ///< we have
  bool is_finishing_ = false;
};

}  // namespace

Caller start(control::Loop& loop) {
  auto queue = std::make_unique<grpc::CompletionQueue>();
  auto& borrowed = *queue;
  loop.start(std::move(queue));
  return {loop, borrowed};
}

std::function<void()> enroll(Caller caller, const Endpoint& endpoint, const std::string& request_bytes,
                             std::chrono::milliseconds timeout, std::function<void(Ending, std::string)> answered) {
  const auto enrolling = std::make_shared<Enrolling>();
  enrolling->stub = std::make_unique<grpc::GenericStub>(new_channel(endpoint));
  enrolling->context.set_deadline(std::chrono::system_clock::now() + timeout);
  enrolling->call = enrolling->stub->PrepareUnaryCall(&enrolling->context, control::kEnrollMethod,
                                                      to_buffer(request_bytes), &caller.queue);
  enrolling->call->StartCall();
  enrolling->call->Finish(&enrolling->response, &enrolling->status,
                          caller.loop.tag([enrolling, answered = std::move(answered)](bool /*ok*/) {
                            auto ending = ending_of(enrolling->status);
                            answered(ending, ending.is_ok ? to_bytes(enrolling->response) : "");
                          }));
  return [weak = std::weak_ptr(enrolling)] {
    if (const auto late = weak.lock()) late->context.TryCancel();
  };
}

std::shared_ptr<StreamCall> StreamCall::start(Caller caller, const Endpoint& endpoint, Events events) {
  const auto stream = std::make_shared<GrpcStream>(caller, endpoint, std::move(events));
  stream->begin();
  return stream;
}

}  // namespace sluice::subscribe
