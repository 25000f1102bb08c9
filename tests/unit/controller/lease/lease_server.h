// An API server in this process that keeps Leases, and nothing else: read, list, create, and update with its
// optimistic concurrency.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "controller/source/kubernetes/cluster.h"

namespace sluice::lease {

/// Blocking, a thread a connection.
class LeaseServer {
 public:
  LeaseServer();
  ~LeaseServer();
  LeaseServer(const LeaseServer&) = delete;
  LeaseServer& operator=(const LeaseServer&) = delete;

  [[nodiscard]] kubernetes::Cluster cluster() const;
  /// Answers 503 to everything from now on, or no longer.
  void fail(bool fails) { fails_ = fails; }
  /// The spec.renewTime of a Lease, or "" without one.
  [[nodiscard]] std::string field(const std::string& name, const std::string& pointer) const;
  void erase(const std::string& name);

 private:
  void accept();
  void serve(int fd);
  std::pair<unsigned, std::string> answer(const std::string& method, const std::string& target,
                                          const std::string& body);
  std::pair<unsigned, std::string> store(const std::string& method, const std::string& name, const std::string& body);

  int listener_ = -1;
  unsigned short port_ = 0;
  std::atomic<bool> fails_ = false;
  std::thread acceptor_;
  mutable std::mutex mutex_;  ///< guards all below
  std::list<std::pair<int, std::thread>> connections_;
  std::map<std::string, std::string> leases_;  ///< JSON by name
  int version_ = 0;
};

}  // namespace sluice::lease
