// Who is let in: the connections that the admin endpoint holds, and what it knows of a caller.
#include "userspace/process/admin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <vector>

namespace sluice::process {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class AdminServerTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(admin_.listen_tcp("::", 0)); }

  /// A connection from that address of the loopback device, which is all that a peer is told from another by.
  tcp::socket connect(const std::string& from) {
    tcp::socket socket(context_, tcp::v4());
    socket.bind({asio::ip::make_address(from), 0});
    socket.connect({asio::ip::make_address("127.0.0.1"), admin_.tcp_port()});
    return socket;
  }

  /// All that comes until the server closes; it is served meanwhile.
  std::string read_all(tcp::socket& socket) {
    std::string out;
    bool is_over = false;
    asio::async_read(socket, asio::dynamic_buffer(out),
                     [&](boost::system::error_code, std::size_t) { is_over = true; });
    while (!is_over) context_.run_one();
    return out;
  }

  std::string get(tcp::socket& socket) {
    asio::write(socket, asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")));
    return read_all(socket);
  }

  /// By the server, as of now.
  static bool is_closed(tcp::socket& socket) {
    boost::system::error_code error;
    char byte = 0;
    socket.non_blocking(true);
    socket.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::eof;
  }

  asio::io_context context_;
  std::vector<bool> local_;  ///< of each request
  AdminServer admin_{context_,
                     [this](const AdminRequest& request) {
                       local_.push_back(request.is_local);
                       return AdminResponse{200, "text/plain", "ok"};
                     },
                     std::chrono::hours(1)};
};

TEST_F(AdminServerTest, WhoHoldsAllConnectionsIdleKeepsOutNobodyElse) {
  std::vector<tcp::socket> idle;
  for (int i = 0; i < 64; ++i) idle.push_back(connect("127.0.0.2"));
  auto probe = connect("127.0.0.3");
  EXPECT_TRUE(get(probe).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(is_closed(idle.front())) << "the oldest of who has most goes";
  EXPECT_EQ(std::ranges::count_if(idle, is_closed), 1);
  EXPECT_TRUE(get(idle.back()).starts_with("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, WhoHasFewConnectionsKeepsThemWhileAnotherOpensMany) {
  auto probe = connect("127.0.0.3");
  std::vector<tcp::socket> idle;
  for (int i = 0; i < 130; ++i) idle.push_back(connect("127.0.0.2"));
  auto last = connect("127.0.0.4");
  EXPECT_TRUE(get(last).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(get(probe).starts_with("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, ACallerFromALoopbackAddressIsLocal) {
  auto mapped = connect("127.0.0.2");  // to a socket of both families: ::ffff:127.0.0.2
  get(mapped);
  tcp::socket socket(context_);
  socket.connect({asio::ip::make_address("::1"), admin_.tcp_port()});
  get(socket);
  EXPECT_EQ(local_, (std::vector<bool>{true, true}));
}

}  // namespace
}  // namespace sluice::process
