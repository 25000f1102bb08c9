// An API server in this process that does what it is told, and misbehaves where it is told to. Answers GET of
// discovery, lists, watches and objects from its world, and does JSON patches, creates and updates.
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <memory>
#include <thread>

#include "controller/source/kubernetes/cluster.h"
#include "tests/unit/controller/source/kubernetes/certificates.h"
#include "tests/unit/controller/source/kubernetes/fake_world.h"

namespace sluice::kubernetes {

/// What happens in the place of an answer.
struct Fault {
  std::string request;  ///< what the line "GET /path?query" holds; the first fault that fits is taken, once
  std::chrono::milliseconds delay{0};
  bool closes = false;  ///< without any answer
  unsigned status = 0;  ///< 0: the answer is the world's
  std::string header;   ///< "Retry-After: 1"
  std::string body;
  /// Of a watch: these instead of the world's events, each a chunk; then the end, or a cut.
  std::optional<std::vector<std::string>> chunks;
  /// The connection is closed after so many bytes of the answer's body.
  std::optional<std::size_t> cut;
};

struct Seen {
  std::string line;  ///< "GET /api/v1/services?limit=500"
  std::string accept;
  std::string authorization;
  std::string content_type;
  std::string body;
};

/// Blocking, a thread a connection.
class FakeApiServer {
 public:
  /// Without TLS.
  FakeApiServer();
  /// clients: whose certificates a client must have; empty: nobody's.
  FakeApiServer(const KeyPair& certificate, const std::string& clients);
  ~FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  /// How to reach it, at 127.0.0.1; credentials are the caller's to add.
  [[nodiscard]] Cluster cluster() const;
  FakeWorld& world() { return world_; }

  void fault(Fault fault);
  /// Faults that nobody has met.
  [[nodiscard]] std::size_t faults_left() const;
  /// Requests whose line holds the text, in their order.
  [[nodiscard]] std::vector<Seen> seen(const std::string& text) const;
  /// Ends every watch that is open as a server does whose time is over.
  void end_watches();
  /// Closes all connections and the port; start() opens the same port again.
  void stop();
  void start();

 private:
  struct Tls;
  struct Connection {
    int fd = -1;
    std::thread thread;
  };
  struct Reply {
    unsigned status = 200;
    std::string header;
    std::string body;
  };

  void accept();
  void serve(int fd);
  template <class Stream>
  void converse(Stream& stream);
  template <class Stream>
  bool answer(Stream& stream, const Seen& request);
  template <class Stream>
  bool watch(Stream& stream, const Resource& resource, std::uint64_t version);
  std::optional<Fault> take_fault(const std::string& line);
  Reply reply_to(const Seen& request, const std::string& path, const std::string& query);

  FakeWorld world_;
  std::unique_ptr<Tls> tls_;
  int listener_ = -1;
  unsigned short port_ = 0;
  std::thread acceptor_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<unsigned> watch_round_ = 0;
  mutable std::mutex mutex_;  ///< guards all below
  std::list<Connection> connections_;
  std::vector<Fault> faults_;
  std::vector<Seen> seen_;
};

}  // namespace sluice::kubernetes
