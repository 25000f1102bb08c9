// The other side of HTTP/2 in tests: nghttp2 on a blocking socket. What is asserted is what came as frames.
#pragma once

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "http_harness.h"

namespace sluice::l7::test {

using FieldList = std::vector<std::pair<std::string, std::string>>;

/// What has come on one stream.
struct Http2Message {
  FieldList fields;
  FieldList trailers;
  std::vector<std::string> interim;  ///< statuses
  std::string body;
  std::size_t data_frames = 0;
  bool has_head = false;
  bool head_ended = false;  ///< END_STREAM was on the head
  bool ended = false;
  bool closed = false;
  std::uint32_t code = 0;  ///< of the stream's end

  [[nodiscard]] std::string get(const std::string& name) const { return find(fields, name); }
  [[nodiscard]] std::string trailer(const std::string& name) const { return find(trailers, name); }
  static std::string find(const FieldList& fields, const std::string& name);
};

class Http2Peer {
 public:
  struct Options {
    bool server = false;
    std::uint32_t streams = 100;   ///< that this side takes; servers
    std::uint32_t window = 65535;  ///< of each stream
    bool reads = true;             ///< gives windows back by itself
  };
  Http2Peer(Socket& socket, Options options);
  ~Http2Peer();
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  /// GET / of a.test, and what is given in place of it or beside. body: sent with the end behind it; none: ended head.
  std::int32_t request(FieldList fields = {}, const std::string& body = "", bool ends = true);
  std::int32_t call(const std::string& path, FieldList more, const std::string& body, bool ends = true);
  void send_data(std::int32_t stream, const std::string& data, bool ends = false, FieldList trailers = {});
  void respond(std::int32_t stream, FieldList fields, const std::string& body = "", bool ends = true,
               FieldList trailers = {});
  void send_interim(std::int32_t stream, const std::string& status);
  void reset(std::int32_t stream, std::uint32_t code);
  void goaway(std::int32_t last_stream);
  void window_update(std::int32_t stream, std::int32_t size);

  /// Reads and sends until it holds; false: the other side ended, or kPatience was over.
  bool until(const std::function<bool()>& holds);
  const Http2Message& whole(std::int32_t stream);  ///< once it has ended or is closed
  Http2Message& operator[](std::int32_t stream) { return messages_[stream]; }
  [[nodiscard]] const std::map<std::int32_t, Http2Message>& all() const { return messages_; }
  [[nodiscard]] bool over() const { return over_; }  ///< the other side has ended
  /// Serves until the other side ends.
  void serve() {
    while (!over_) until([] { return false; });
  }
  [[nodiscard]] bool saw_goaway() const { return goaways_ > 0; }
  [[nodiscard]] std::int32_t goaway_last() const { return goaway_last_; }
  [[nodiscard]] std::uint32_t goaway_code() const { return goaway_code_; }
  [[nodiscard]] std::uint32_t setting(std::int32_t id) const;
  nghttp2_session* session() { return session_; }
  void flush();

  /// Servers: called for each request that has ended.
  std::function<void(Http2Peer&, std::int32_t stream, Http2Message&)> on_request;

 private:
  friend struct PeerCallbacks;
  struct Outgoing {
    std::string data;
    bool ends = false;
    FieldList trailers;
    std::size_t at = 0;  ///< octets of data that are on their way
  };

  bool step(int milliseconds);

  Socket& socket_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Http2Message> messages_;
  std::map<std::int32_t, Outgoing> outgoing_;
  int goaways_ = 0;
  std::int32_t goaway_last_ = -1;
  std::uint32_t goaway_code_ = 0;
  bool over_ = false;
  bool said_goaway_ = false;
  std::vector<std::int32_t> requests_;  ///< that have ended; on_request is to be called
};

/// A client of the gateway.
struct Http2Client {
  explicit Http2Client(const Gateway& gateway, Http2Peer::Options options = {})
      : socket(gateway.client()), peer(socket, options) {}
  Socket socket;
  Http2Peer peer;
};

/// An origin that answers each whole request by `serve`; the connection's number goes with it.
Origin::Serve http2_origin(std::function<void(Http2Peer&, std::int32_t, Http2Message&, int connection)> serve,
                           Http2Peer::Options options = {});

/// Answers with the request: ":method :path", its fields as lines, and its body as the body.
void echo_http2(Http2Peer& peer, std::int32_t stream, Http2Message& request);

}  // namespace sluice::l7::test
