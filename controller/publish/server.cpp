#include "controller/publish/server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <random>
#include <set>
#include <utility>

#include "controller/publish/enrolment.h"
#include "controller/publish/enrolment_gate.h"
#include "sluice/control.h"
#include "sluice/control_bytes.h"
#include "sluice/control_loop.h"

namespace sluice::publish {
namespace {

using Code = grpc::StatusCode;
using control::to_buffer;
using control::to_bytes;

constexpr std::chrono::milliseconds kLastMessage{1'000};
/// At one time; the others come again.
constexpr std::size_t kEnrolments = 256;

/// The leaf that the client gave, PEM; empty: none. TLS has seen to it that it is the authority's and the client's own.
std::string certificate_of(const grpc::ServerContext& context) {
  const auto values = context.auth_context()->FindPropertyValues("x509_pem_cert");
  return values.empty() ? "" : std::string(values.front().data(), values.front().size());
}

struct Call {
  grpc::GenericServerContext context;
  grpc::GenericServerAsyncReaderWriter stream{&context};
  grpc::ByteBuffer in;
};
using CallPtr = std::shared_ptr<Call>;

void finish(control::Loop& loop, const CallPtr& call, const grpc::Status& status) {
  call->stream.Finish(status, loop.tag([call](bool /*ok*/) {}));
}

/// A node's stream: one read and at most one write under way.
class NodeStream : public Stream, public std::enable_shared_from_this<NodeStream> {
 public:
  using All = std::set<NodeStream*>;

  NodeStream(Surroundings& around, CallPtr call, All& all) : around_(around), call_(std::move(call)), all_(all) {}
  ~NodeStream() override { all_.erase(this); }
  NodeStream(const NodeStream&) = delete;
  NodeStream& operator=(const NodeStream&) = delete;

  /// certificate: whose identity that is.
  void start(const Authority::NodeIdentity& identity, std::string certificate) {
    node_ = identity.node;
    certificate_ = std::move(certificate);
    all_.insert(this);
    read();
    around_.roster.open(*this, identity.node, identity.expires, Roster::Clock::now());
  }

  /// Whether its certificate is taken by the authorities as they are now, else it ends after that time.
  void judge_again(std::chrono::milliseconds wait) {
    if (is_taken()) return;
    around_.loop->after(wait, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->is_ending_ || self->is_taken()) return;
      const std::string why = "its certificate is of an authority that was replaced";
      self->around_.outbox.trouble("node " + self->node_, why);
      self->leave({Code::UNAUTHENTICATED, why});
    });
  }

  void wake() override {
    if (is_writing_ || is_ending_) return;
    const auto message = around_.roster.next(*this);
    if (!message) return;
    is_writing_ = true;
    call_->stream.Write(to_buffer(message->SerializeAsString()),
                        around_.loop->tag([self = shared_from_this()](bool ok) { self->wrote(ok); }));
  }

  void end(const std::string& why) override { leave({Code::ABORTED, why}); }

 private:
  [[nodiscard]] bool is_taken() const {
    return around_.identities.identify(certificate_, Authority::Time::clock::now()).has_value();
  }

  void read() {
    call_->stream.Read(&call_->in, around_.loop->tag([self = shared_from_this()](bool ok) { self->took(ok); }));
  }

  void took(bool ok) {
    control::v1::NodeMessage message;
    if (!ok || is_ending_) {
      leave(grpc::Status::OK);
    } else if (!message.ParseFromString(to_bytes(call_->in))) {
      leave({Code::INVALID_ARGUMENT, "that is no message of a node"});
    } else {
      around_.roster.receive(*this, std::move(message), Roster::Clock::now());
      if (!is_ending_) read();
    }
  }

  void wrote(bool ok) {
    is_writing_ = false;
    if (is_ending_) {
      finish(*around_.loop, call_, status_);
    } else if (!ok) {
      leave({Code::CANCELLED, "the node is gone"});
    } else if (around_.roster.is_over(*this)) {
      leave(grpc::Status::OK);
    } else {
      wake();
    }
  }

  /// The last message goes before the status; but one that the node does not take shall not hold up the end.
  void leave(grpc::Status status) {
    around_.roster.close(*this);
    if (std::exchange(is_ending_, true)) return;
    status_ = std::move(status);
    if (!is_writing_) return finish(*around_.loop, call_, status_);
    around_.loop->after(kLastMessage, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && self->is_writing_) self->call_->context.TryCancel();
    });
  }

  Surroundings& around_;
  const CallPtr call_;
  All& all_;
  std::string node_, certificate_;
  bool is_writing_ = false;
  bool is_ending_ = false;
  grpc::Status status_;
};

/// A call of Enroll: waits for its message, then for the review of its token.
class Enrolment : public std::enable_shared_from_this<Enrolment> {
 public:
  using Waiting = std::set<std::shared_ptr<Enrolment>>;

  Enrolment(Surroundings& around, CallPtr call, Waiting& waiting, EnrolmentGate& gate)
      : around_(around),
        call_(std::move(call)),
        waiting_(waiting),
        gate_(gate),
        address_(address_of_peer(call_->context.peer())) {}

  void start() {
    if (waiting_.size() >= kEnrolments || !gate_.enter(address_)) {
      const std::string why = "too many nodes enrol at one time";
      around_.outbox.trouble("enrolment", address_ + ": " + why);
      finish(*around_.loop, call_, {Code::UNAVAILABLE, why});
      return;
    }
    const auto self = shared_from_this();
    waiting_.insert(self);
    around_.loop->after(around_.options.timing.first_message, [weak = weak_from_this()] {
      if (const auto late = weak.lock()) late->refuse(Code::UNAVAILABLE, "the token was not reviewed in time");
    });
    call_->stream.Read(&call_->in, around_.loop->tag([self](bool ok) { self->took(ok); }));
  }

  void refuse(Code code, const std::string& why) {
    if (!leave()) return;
    around_.outbox.trouble("enrolment", address_ + ": " + why);
    finish(*around_.loop, call_, {code, why});
  }

 private:
  /// False: it has ended.
  bool leave() {
    if (waiting_.erase(shared_from_this()) == 0) return false;
    gate_.leave(address_);
    return true;
  }

  void took(bool ok) {
    auto request = read_enrolment(ok ? to_bytes(call_->in) : "");
    if (!request) return refuse(Code::INVALID_ARGUMENT, request.error());
    if (!gate_.may_ask(address_, EnrolmentGate::Clock::now())) {
      return refuse(Code::UNAVAILABLE, "too many tokens come from there");
    }
    request_pem_ = request->request_pem();
    // The answer may come when all of this is gone.
    auto answered = [weak = weak_from_this(),
                     weak_loop = std::weak_ptr(around_.loop)](std::expected<TokenOwner, std::string> owner) {
      const auto loop = weak_loop.lock();
      if (loop == nullptr) return;
      loop->post([weak, owner = std::move(owner)] {
        if (const auto self = weak.lock()) self->reviewed(owner);
      });
    };
    around_.outbox.review({std::move(*request->mutable_token()), std::move(answered)});
  }

  void reviewed(const std::expected<TokenOwner, std::string>& owner) {
    if (!owner) return refuse(Code::UNAUTHENTICATED, owner.error());
    const auto authority = around_.identities.authority();
    const auto& options = around_.options;
    auto response = enrol(*authority, request_pem_, *owner, options.service_account, Authority::Time::clock::now(),
                          options.timing.node_life);
    if (!response) return refuse(Code::UNAUTHENTICATED, response.error());
    if (!leave()) return;
    around_.outbox.trouble("enrolment", "");
    call_->stream.WriteAndFinish(to_buffer(response->SerializeAsString()), grpc::WriteOptions(), grpc::Status::OK,
                                 around_.loop->tag([call = call_](bool /*ok*/) {}));
  }

  Surroundings& around_;
  const CallPtr call_;
  Waiting& waiting_;
  EnrolmentGate& gate_;
  const std::string address_;
  std::string request_pem_;
};

}  // namespace

struct Server::State {
  explicit State(Surroundings surroundings) : around(std::move(surroundings)) {}

  void request();
  void begin(const CallPtr& call);
  void begin_stream(const CallPtr& call);
  void tick();
  void judge_again();

  Surroundings around;
  std::shared_ptr<grpc::ServerCredentials> credentials = publish::credentials(around.identities);
  grpc::AsyncGenericService service;
  std::unique_ptr<grpc::Server> server;
  grpc::ServerCompletionQueue* queue = nullptr;  ///< the loop's

  // Of the loop's thread.
  NodeStream::All streams;
  Enrolment::Waiting enrolments;
  EnrolmentGate gate{around.options.timing.review_pause};
  std::minstd_rand random{std::random_device()()};
  bool is_stopping = false;
};

Server::Server(Surroundings around) : state_(std::make_unique<State>(std::move(around))) {}
Server::~Server() = default;

void Server::State::request() {
  const auto call = std::make_shared<Call>();
  service.RequestCall(&call->context, &call->stream, queue, queue, around.loop->tag([this, call](bool ok) {
    if (!ok) return;
    if (!is_stopping) request();
    begin(call);
  }));
}

void Server::State::begin(const CallPtr& call) {
  const std::string& method = call->context.method();
  if (is_stopping) {
    finish(*around.loop, call, {Code::UNAVAILABLE, "the controller ends"});
  } else if (method == control::kStreamMethod) {
    begin_stream(call);
  } else if (method == control::kEnrollMethod) {
    std::make_shared<Enrolment>(around, call, enrolments, gate)->start();
  } else {
    finish(*around.loop, call, {Code::UNIMPLEMENTED, ""});
  }
}

void Server::State::begin_stream(const CallPtr& call) {
  const std::string certificate = certificate_of(call->context);
  if (certificate.empty()) {
    finish(*around.loop, call, {Code::UNAUTHENTICATED, "a client certificate is wanted: enrol first"});
    return;
  }
  const auto identity = around.identities.identify(certificate, Authority::Time::clock::now());
  if (!identity) {
    finish(*around.loop, call, {Code::UNAUTHENTICATED, "the client certificate is not taken: " + identity.error()});
    return;
  }
  std::make_shared<NodeStream>(around, call, streams)->start(*identity, certificate);
}

void Server::State::tick() {
  around.loop->after(around.options.timing.heartbeat / 4, [this] {
    const auto wall = Authority::Time::clock::now();
    around.roster.tick(Roster::Clock::now(), wall);
    around.identities.renew(wall);
    if (!is_stopping) tick();
  });
}

/// All nodes at once would enrol at once.
void Server::State::judge_again() {
  const auto wait = around.options.timing.distrust;
  std::uniform_int_distribution<std::chrono::milliseconds::rep> more(0, wait.count() / 4);
  for (auto* stream : streams) stream->judge_again(wait + std::chrono::milliseconds(more(random)));
}

void Server::judge_again() {
  state_->around.loop->post([state = state_.get()] { state->judge_again(); });
}

std::expected<int, std::string> Server::listen() {
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(state_->around.options.listen, state_->credentials, &port);
  builder.RegisterAsyncGenericService(&state_->service);
  builder.SetMaxReceiveMessageSize(control::kMessageLimit);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 8);
  builder.AddChannelArgument("grpc.server_handshake_timeout_ms", 10'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  auto queue = builder.AddCompletionQueue();
  state_->queue = queue.get();
  state_->server = builder.BuildAndStart();
  if (state_->server == nullptr || port == 0) {
    if (queue != nullptr) queue->Shutdown();
    return std::unexpected(state_->around.options.listen + ": cannot listen there: is it in use, or not an address?");
  }
  auto& loop = *state_->around.loop;
  loop.post([state = state_.get()] {
    state->request();
    state->tick();
  });
  loop.start(std::move(queue));
  return port;
}

void Server::stop() {
  if (state_->queue == nullptr || state_->server == nullptr) return;
  auto& loop = *state_->around.loop;
  loop.post([state = state_.get()] {
    state->is_stopping = true;
    for (const auto& waiting : Enrolment::Waiting(state->enrolments)) {
      waiting->refuse(Code::UNAVAILABLE, "the controller ends");
    }
    state->around.loop->cancel_waits();
  });
  state_->server->Shutdown(std::chrono::system_clock::now());
  loop.stop();
  state_->server.reset();
}

}  // namespace sluice::publish
