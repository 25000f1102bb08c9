// Controllers and nodes in one process, over loopback with real certificates. One thread is the owner's loop of all of
// them; nothing waits for a time, only for what is to happen.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/publish/publisher.h"
#include "tests/unit/controller/publish/resources.h"
#include "userspace/model/store.h"
#include "userspace/subscribe/subscriber.h"

namespace sluice {

inline constexpr const char* kServerName = "sluice-controller.test.svc";

/// A replica. Takes tokens "token-of-NODE" of the service account "nodes", and "token-of-NODE-as-ACCOUNT".
class Controller {
 public:
  explicit Controller(const publish::Authority& authority, const publish::PublisherOptions& options = defaults());
  static publish::PublisherOptions defaults();

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(publisher.port()); }
  [[nodiscard]] publish::NodeState node(const std::string& name) const;
  [[nodiscard]] bool is_at(const std::string& name, std::uint64_t generation) const;
  void turn();

  publish::Publisher publisher;
  std::map<std::string, std::string> troubles;
  unsigned reviews = 0;
  std::uint64_t published = 0;  ///< generation
};

/// A node, whose files are its own.
class Node {
 public:
  struct Files {
    std::string token;
    std::string authorities;
  };
  Node(const std::string& name, const std::string& controller, const Files& files,
       const std::function<void(subscribe::SubscriberOptions&)>& change = {});
  ~Node();

  void write(const Files& files) const;
  void turn();
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::map<std::string, std::string> refused() const;
  [[nodiscard]] std::string trouble(const std::string& subject) const;

  const std::filesystem::path folder;
  std::optional<subscribe::Subscriber> subscriber;
  model::Store store;
  std::map<std::string, std::string> refuses;  ///< what it refuses, where it has it
  unsigned fails = 0;                          ///< so many transactions it cannot apply
  bool hangs = false;                          ///< its owner's loop does
  unsigned transactions = 0;                   ///< applied
  std::map<std::string, std::string> troubles;
  std::vector<std::string> told;  ///< of troubles, all
};

class ControlStreamTest : public ::testing::Test {
 protected:
  ControlStreamTest();

  Controller& add_controller(const publish::PublisherOptions& options = Controller::defaults()) {
    return controllers.emplace_back(authority, options);
  }
  Node& add_node(const std::string& name, const std::string& controller,
                 const std::function<void(subscribe::SubscriberOptions&)>& change = {});
  /// Turns all loops until it holds; a failure after 20 s.
  void run_until(const std::function<bool()>& holds);
  /// How it stands with all of them, for a person.
  std::string describe();
  /// The next generation of its model.
  void publish(Controller& controller, const std::vector<publish::Resource>& changed,
               const std::vector<std::string>& removed = {});

  publish::Authority authority = publish::Authority::make();
  std::list<Controller> controllers;
  std::list<Node> nodes;
};

}  // namespace sluice
