// The steady state allocates nothing: every allocation of the gateway's thread is counted.
#include <cstdlib>
#include <new>

#include "http_harness.h"
#include "tests/unit/lacking.h"

namespace {

thread_local bool counted = false;
std::atomic<std::uint64_t> allocations{0};

void* allocate(std::size_t size) {
  if (counted) allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace sluice::l7::test {
namespace {

class Allocation : public testing::TestWithParam<transport::IoBackend> {};

TEST_P(Allocation, AThousandRequestsAllocateNothing) {
  if (const auto io = transport::choose_io(name(GetParam())); !io) return lacking(io.error());
  Origin origin(Origin::always(
      "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3\r\nyes\r\n0\r\n\r\n"));
  auto log = AccessLog::open("/dev/null").value();
  Gateway gateway({}, GetParam(), log.get());
  auto& action = gateway.one_rule({origin.port()});
  auto& header = *action.add_filters()->mutable_request_headers()->add_set();
  header.set_name("X-Set");
  header.set_value("a value that is longer than a small string");
  action.set_request_timeout_ms(60'000);
  gateway.start();
  Socket client = gateway.client();
  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      client.send(
          "POST /some/path?query=1 HTTP/1.1\r\nHost: a.test\r\nUser-Agent: a rather long name of a client\r\n"
          "Accept: */*\r\nX-Set: gone\r\nContent-Length: 5\r\n\r\nhello");
      ASSERT_TRUE(client.read_message().ends_with("0\r\n\r\n"));
      client.send("GET /missing HTTP/1.1\r\nHost: b.test\r\n\r\n");
      ASSERT_TRUE(client.read_message().starts_with("HTTP/1.1 404 "));
    }
  };
  ask(200);  // warm, and the log's buffer has been full once
  gateway.on_loop([] { counted = true; });
  const std::uint64_t before = allocations;
  ask(500);
  const std::uint64_t after = allocations;
  EXPECT_EQ(after - before, 0U);
  EXPECT_EQ(gateway.counters().upstream_connects.value(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Io, Allocation, testing::Values(transport::IoBackend::kEpoll, transport::IoBackend::kIoUring),
                         [](const auto& row) { return std::string(name(row.param)); });

}  // namespace
}  // namespace sluice::l7::test
