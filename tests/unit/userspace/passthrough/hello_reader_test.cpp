// Reading a hello from a real socket: in any number of segments, bounded in time and size.
#include "userspace/passthrough/hello_reader.h"

#include "tests/unit/userspace/passthrough/hellos.h"
#include "tests/unit/userspace/transport/harness.h"

namespace sluice::passthrough {
namespace {

using namespace std::chrono_literals;
using transport::Fd;
using transport::Loop;

class Sink final : public HelloSink {
 public:
  void on_hello(HelloReader& reader, const Hello& hello) override {
    fd = Fd(reader.take_fd());
    bytes = reader.take_bytes();
    server_name = hello.server_name;
    done = true;
  }
  void on_no_hello(HelloReader& reader, Reason why) override {
    fd = Fd(reader.take_fd());
    reason = why;
    done = true;
  }
  Fd fd;
  std::string bytes;
  std::string server_name;
  Reason reason = Reason::kForwarded;
  bool done = false;
};

class HelloReaderTest : public testing::Test {
 protected:
  HelloReaderTest() {
    Fd listener(transport::listen_on(transport::Address::loopback(AF_INET, 0)).value());
    client_ = transport::connected_client(transport::Address::of_local(listener));
    transport::set_no_delay(client_);
    pollfd wait{.fd = listener, .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, 1000);
    server_ = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }
  void read(std::chrono::milliseconds timeout = 5s) {
    reader_ = std::make_unique<HelloReader>(*loop_, server_, sink_, timeout);
  }
  void send(std::string_view bytes) { ASSERT_EQ(::send(client_, bytes.data(), bytes.size(), 0), bytes.size()); }
  bool until_done() {
    return transport::run_until(*loop_, [&] { return sink_.done; });
  }
  std::unique_ptr<Loop> loop_ = Loop::make(transport::IoBackend::kEpoll).value();
  Fd client_;
  int server_ = -1;
  Sink sink_;
  std::unique_ptr<HelloReader> reader_;
};

TEST_F(HelloReaderTest, TakesAHelloThatComesByteByByte) {
  const std::string hello = test::captured("chrome131");
  read();
  for (std::size_t i = 0; i + 1 < hello.size(); ++i) {
    send(hello.substr(i, 1));
    transport::run_until(*loop_, [n = 0]() mutable { return n++ > 0; });
    ASSERT_FALSE(sink_.done) << i;
  }
  send(hello.substr(hello.size() - 1));
  ASSERT_TRUE(until_done());
  EXPECT_EQ(sink_.server_name, "www.example.com");
  EXPECT_EQ(sink_.bytes, hello);
}

TEST_F(HelloReaderTest, KeepsWhatCameBehindTheHello) {
  const std::string sent = test::captured("firefox133") + "early data";
  send(sent);
  read();
  ASSERT_TRUE(until_done());
  EXPECT_EQ(sink_.bytes, sent);
}

TEST_F(HelloReaderTest, TakesAHelloWhoseSenderHasAlreadyClosedItsSide) {
  send(test::captured("go-1.26"));
  ::shutdown(client_, SHUT_WR);
  read();
  ASSERT_TRUE(until_done());
  EXPECT_EQ(sink_.server_name, "www.example.com");
}

TEST_F(HelloReaderTest, GivesUpAfterItsTimeout) {
  send(test::captured("chrome131").substr(0, 100));
  read(30ms);
  ASSERT_TRUE(until_done());
  EXPECT_EQ(sink_.reason, Reason::kHelloTimeout);
}

TEST_F(HelloReaderTest, SaysWhenTheClientLeavesInTheMiddle) {
  send(test::captured("chrome131").substr(0, 100));
  ::shutdown(client_, SHUT_WR);
  read();
  ASSERT_TRUE(until_done());
  EXPECT_EQ(sink_.reason, Reason::kClientGone);
}

TEST_F(HelloReaderTest, RefusesWhatIsNoTls) {
  send("GET / HTTP/1.1\r\n");
  read();
  ASSERT_TRUE(until_done());
  EXPECT_EQ(sink_.reason, Reason::kNotTls);
}

}  // namespace
}  // namespace sluice::passthrough
