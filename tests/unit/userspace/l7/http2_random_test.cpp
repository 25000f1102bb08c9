// Many clients, streams, cancellations and failures at once: every request that is not cancelled ends, with all of its
// body or visibly without, and when all is over nothing is left.
#include <algorithm>
#include <random>

#include "http2_peer.h"

namespace sluice::l7::test {
namespace {

/// Does what the path says, and says GOAWAY now and then.
Origin::Serve whimsical() {
  return http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) {
    const std::string path = request.get(":path");
    const std::string body(std::stoul(path.substr(path.find('?') + 1)), 'x');
    if (path.starts_with("/refuse")) return peer.reset(stream, NGHTTP2_REFUSED_STREAM);
    if (path.starts_with("/reset")) return peer.reset(stream, NGHTTP2_INTERNAL_ERROR);
    if (path.starts_with("/half")) {
      peer.respond(stream, {{":status", "200"}}, body, false);
      peer.flush();
      return peer.reset(stream, NGHTTP2_CANCEL);
    }
    if (path.starts_with("/leave")) peer.goaway(nghttp2_session_get_last_proc_stream_id(peer.session()));
    peer.respond(stream, {{":status", "200"}}, body + request.body, true, {{"x-end", "1"}});
  });
}

class Crowd {
 public:
  Crowd(const Gateway& gateway, std::uint32_t seed) : random_(seed) {
    for (int i = 0; i < 4; ++i) sockets_.push_back(gateway.client());
    for (Socket& socket : sockets_) peers_.push_back(std::make_unique<Http2Peer>(socket, Http2Peer::Options{}));
  }

  void step() {
    Http2Peer& peer = *peers_[random_() % peers_.size()];
    switch (random_() % 8) {
      case 0:
        for (const auto& [id, message] : peer.all()) {
          if (!message.closed && random_() % 2 == 0) {
            cancelled_.emplace_back(&peer, id);
            return peer.reset(id, NGHTTP2_CANCEL);
          }
        }
        return;
      case 1:
        peer.until([&, left = 3]() mutable { return left-- == 0; });
        return;
      default:
        ask(peer);
    }
  }

  void finish() {
    for (const auto& peer : peers_) {
      EXPECT_TRUE(peer->until([&] {
        return std::ranges::all_of(peer->all(),
                                   [](const auto& each) { return each.second.ended || each.second.closed; });
      }));
    }
    for (const auto& [peer, id, size, whole] : asked_) {
      const Http2Message& got = (*peer)[id];
      if (std::ranges::find(cancelled_, std::pair(peer, id)) != cancelled_.end()) continue;
      if (!whole || got.get(":status") != "200") continue;
      EXPECT_TRUE(got.ended);
      EXPECT_EQ(got.body.size(), size);
      EXPECT_EQ(got.trailer("x-end"), "1");
      ++whole_;
    }
  }
  [[nodiscard]] int whole() const { return whole_; }

 private:
  struct Asked {
    Http2Peer* peer;
    std::int32_t id;
    std::size_t size;
    bool whole;
  };

  void ask(Http2Peer& peer) {
    static constexpr std::array<const char*, 8> kPaths{"/ok",     "/ok",    "/ok",   "/leave",
                                                       "/refuse", "/reset", "/half", "/ok"};
    const std::string path = kPaths[random_() % kPaths.size()];
    const std::size_t down = random_() % 4 == 0 ? random_() % 200'000 : random_() % 100;
    const std::size_t up = random_() % 4 == 0 ? random_() % 200'000 : 0;
    const auto id = peer.request({{":method", up > 0 ? "POST" : "GET"}, {":path", path + "?" + std::to_string(down)}},
                                 std::string(up, 'y'));
    peer[id];
    asked_.push_back({&peer, id, down + up, path == "/ok" || path == "/leave"});
  }

  std::mt19937 random_;
  std::vector<Socket> sockets_;
  std::vector<std::unique_ptr<Http2Peer>> peers_;
  std::vector<Asked> asked_;
  std::vector<std::pair<Http2Peer*, std::int32_t>> cancelled_;
  int whole_ = 0;
};

TEST(Http2Random, WhatIsNotCancelledEndsAndNothingIsLeft) {
  Origin one(whimsical());
  Origin two(whimsical());
  Gateway gateway({.drain_idle = std::chrono::milliseconds(10), .linger_timeout = std::chrono::milliseconds(10)});
  gateway.app_protocol = "kubernetes.io/h2c";
  gateway.start({one.port(), two.port()});
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    Crowd crowd(gateway, seed);
    for (int i = 0; i < 250; ++i) crowd.step();
    crowd.finish();
    EXPECT_GT(crowd.whole(), 20);
  }
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.counters().connections_active.value() == 0; }));
}

}  // namespace
}  // namespace sluice::l7::test
