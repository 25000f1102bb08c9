// A node of a cluster in a network of the test's own: its datapath, the link of its VIPs (wan) and one of pods (pods),
// and other hosts on both.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "tests/unit/userspace/l4/plan_builder.h"
#include "userspace/l4/datapath.h"

namespace sluice::l4 {

inline constexpr const char* kVip = "203.0.113.10";       ///< of the node by its model, and on wan
inline constexpr const char* kOtherVip = "203.0.113.11";  ///< likewise
inline constexpr const char* kRivalMac = "02:00:00:00:00:99";

class DatapathRig : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// A new process of the same instance. member: else stand-alone.
  void start(bool member = true);
  /// One that may not open packet sockets (CAP_NET_RAW).
  void start_deaf();
  /// It is killed: what the kernel has stays.
  void kill() { datapath.reset(); }
  /// In force, as it was saved: both VIPs are this node's.
  void apply();
  /// The node has both VIPs, and has lost the controller since.
  void hold() {
    start();
    apply();
    datapath->set_current(true);
    datapath->set_current(false);
  }
  /// The process is killed, and stays away for longer than the node's Lease (a second).
  void lease_runs_out();
  /// As a boot leaves it: the saved model, and nothing in the kernel.
  void forget() {
    kill();
    (void)Datapath::remove(instance_);
  }
  /// The model as it is now, of which these have changed.
  void apply(const std::set<std::string>& changed) { (void)datapath->apply(builder.store, changed); }
  void vip(const char* address, const char* node);

  /// Another host's gratuitous ARP, in by that device; returns when the device has passed it on.
  void claim(const char* address, const std::string& device = "wan");

  /// Lets the datapath work until that is so; false: it is not after ten seconds.
  bool until(const std::function<bool()>& condition);
  /// Lets it work for that long.
  void work(std::chrono::milliseconds time);
  /// When userspace last told the kernel that it is there, in jiffies.
  [[nodiscard]] std::uint32_t attended() const;
  [[nodiscard]] bool holds(const char* address) const { return datapath->held_vips().contains(address); }

  ModelBuilder builder;
  std::unique_ptr<Datapath> datapath;

 private:
  std::string instance_;
};

}  // namespace sluice::l4
