// Who comes to the controller's port with what, and is let in or not.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <mutex>

#include "sluice/control_loop.h"
#include "tests/unit/control_stream/stream_fixture.h"
#include "tests/unit/controller/publish/scripted_node.h"
#include "userspace/subscribe/calls.h"
#include "userspace/subscribe/identity.h"

namespace sluice {
namespace {

using subscribe::Ending;
using subscribe::Endpoint;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A stream of which the test says each byte. Its events come by the loop's thread.
class Visitor {
 public:
  explicit Visitor(const Endpoint& endpoint) : caller_(subscribe::start(loop_)) {
    loop_.post([this, endpoint] {
      stream_ = subscribe::StreamCall::start(caller_, endpoint,
                                             {.can_write = [this] { write(); },
                                              .message =
                                                  [this](const std::string& bytes) {
                                                    const std::scoped_lock lock(mutex_);
                                                    control::v1::ControllerMessage message;
                                                    message.ParseFromString(bytes);
                                                    node_.take(message, given_);
                                                  },
                                              .ended =
                                                  [this](const Ending& ending) {
                                                    const std::scoped_lock lock(mutex_);
                                                    ending_ = ending;
                                                  }});
    });
  }
  ~Visitor() {
    loop_.post([this] { stream_->leave("the test ends"); });
    loop_.stop();
  }

  void say(const std::string& bytes) {
    loop_.post([this, bytes] {
      to_say_.push_back(bytes);
      if (can_write_) write();
    });
  }
  void say(const control::v1::NodeMessage& message) { say(message.SerializeAsString()); }
  std::optional<Ending> ending() {
    const std::scoped_lock lock(mutex_);
    return ending_;
  }
  publish::Given given() {
    const std::scoped_lock lock(mutex_);
    return given_;
  }

 private:
  void write() {
    can_write_ = to_say_.empty();
    if (to_say_.empty()) return;
    const auto bytes = to_say_.front();
    to_say_.erase(to_say_.begin());
    stream_->write(bytes);
  }

  control::Loop loop_;
  subscribe::Caller caller_;
  std::shared_ptr<subscribe::StreamCall> stream_;
  bool can_write_ = false;
  std::vector<std::string> to_say_;
  std::mutex mutex_;
  publish::ScriptedNode node_{"a"};
  publish::Given given_;
  std::optional<Ending> ending_;
};

class DoorTest : public ControlStreamTest {
 protected:
  DoorTest() {
    leader.publisher.lead(1);
    publish(leader, publish::whole("a", "10.0.0.1"));
  }
  Endpoint as(const std::string& name, const publish::Authority& signer) const {
    const subscribe::KeyRequest key(name);
    const auto certificate = signer.node(key.request_pem(), name);
    return {leader.address(), kServerName, authority.pem().certificate, certificate.value_or(""), key.key_pem()};
  }
  Endpoint as(const std::string& name) const { return as(name, authority); }
  Ending ending_of(Visitor& visitor) {
    run_until([&] { return visitor.ending().has_value(); });
    return visitor.ending().value_or(Ending());
  }

  /// A visitor has no heartbeat: what it says makes it live for as long as a test looks.
  static publish::PublisherOptions patient() {
    auto options = Controller::defaults();
    options.timing.live = std::chrono::seconds(15);
    return options;
  }

  Controller& leader = add_controller(patient());
  publish::ScriptedNode node{"a"};
};

TEST_F(DoorTest, ANodeWithItsCertificateIsLetIn) {
  Visitor visitor(as("a"));
  visitor.say(node.hello());
  run_until([&] { return visitor.given().asks == 1 && leader.node("a").live; });
  EXPECT_EQ(visitor.given().welcomes, 1);
  EXPECT_EQ(visitor.given().epoch.transitions(), 1);
}

TEST_F(DoorTest, WithoutACertificateThereIsNoStream) {
  Endpoint endpoint = as("a");
  endpoint.certificate_pem.clear();
  endpoint.key_pem.clear();
  Visitor visitor(endpoint);
  const auto ending = ending_of(visitor);
  EXPECT_TRUE(ending.is_unauthenticated);
  EXPECT_THAT(ending.why, HasSubstr("enrol"));
}

TEST_F(DoorTest, ACertificateOfAnotherAuthorityIsNotTaken) {
  Visitor visitor(as("a", publish::Authority::make()));
  visitor.say(node.hello());
  const auto ending = ending_of(visitor);
  EXPECT_FALSE(ending.is_unreachable) << ending.why;
  EXPECT_EQ(visitor.given().welcomes, 0);
  EXPECT_THAT(leader.publisher.nodes(), IsEmpty());
}

TEST_F(DoorTest, WhereNobodyListensNothingIsReached) {
  Endpoint endpoint = as("a");
  endpoint.address = "127.0.0.1:1";
  Visitor nowhere(endpoint);
  EXPECT_TRUE(ending_of(nowhere).is_unreachable) << ending_of(nowhere).why;
}

TEST_F(DoorTest, AServersCertificateIsNoNodes) {
  const auto server = authority.server(std::vector<std::string>{kServerName});
  ASSERT_TRUE(server);
  Visitor visitor(
      {leader.address(), kServerName, authority.pem().certificate, server->certificate, server->private_key});
  ending_of(visitor);
  EXPECT_EQ(visitor.given().welcomes, 0);
}

TEST_F(DoorTest, UnderACertificateOfAnotherNodeHelloIsRefused) {
  Visitor visitor(as("b"));
  visitor.say(node.hello());
  EXPECT_THAT(ending_of(visitor).why, HasSubstr("another node"));
  EXPECT_THAT(leader.publisher.nodes(), IsEmpty());
  EXPECT_EQ(visitor.given().asks, 0);
}

TEST_F(DoorTest, AnotherStreamOfANodeReplacesTheFirst) {
  Visitor first(as("a"));
  first.say(node.hello());
  run_until([&] { return first.given().asks == 1; });
  Visitor second(as("a"));
  EXPECT_THAT(ending_of(first).why, HasSubstr("another stream"));
  second.say(node.hello());
  run_until([&] { return second.given().asks == 1; });
  EXPECT_FALSE(second.ending());
}

TEST_F(DoorTest, AMessageThatIsTooLongOrNoneEndsItsStreamAlone) {
  Visitor other(as("b"));
  run_until([&] { return other.given().welcomes == 1; });
  {
    Visitor visitor(as("a"));
    visitor.say(std::string(static_cast<std::size_t>(control::kMessageLimit) * 2, 'x'));
    EXPECT_FALSE(ending_of(visitor).is_ok);
  }
  Visitor visitor(as("a"));
  visitor.say("\xff\xff\xff");
  EXPECT_THAT(ending_of(visitor).why, HasSubstr("no message of a node"));
  EXPECT_FALSE(other.ending());
}

/// What a TLS client of that version gets.
std::string handshake(int port, int version) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "not connected";
  const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context.get()), SSL_free);
  SSL_set_fd(tls.get(), fd);
  constexpr unsigned char kAlpn[] = "\x02h2";
  SSL_set_alpn_protos(tls.get(), kAlpn, sizeof kAlpn - 1);
  std::string out = SSL_connect(tls.get()) == 1 ? SSL_get_version(tls.get()) : "refused";
  close(fd);
  return out;
}

TEST_F(DoorTest, ThereIsTls13AndNoOther) {
  EXPECT_EQ(handshake(leader.publisher.port(), TLS1_3_VERSION), "TLSv1.3");
  EXPECT_EQ(handshake(leader.publisher.port(), TLS1_2_VERSION), "refused");
}

TEST_F(DoorTest, APortThatIsTakenIsAnError) {
  publish::Publisher second({.listen = leader.address(), .names = {kServerName}}, nullptr);
  const auto served = second.serve(authority);
  ASSERT_FALSE(served);
  EXPECT_THAT(served.error(), HasSubstr("cannot listen"));
  publish::Publisher nameless({.listen = "127.0.0.1:0"}, nullptr);
  EXPECT_FALSE(nameless.serve(authority));
}

}  // namespace
}  // namespace sluice
