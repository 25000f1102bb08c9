// A node that says what a test has it say, and takes what a session gives it, as if a stream were between them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sluice/control.h"
#include "tests/unit/controller/publish/resources.h"

namespace sluice::publish {

using Names = std::vector<std::string>;

/// What the node was given since it was looked at last.
struct Given {
  unsigned welcomes = 0, asks = 0, beats = 0, parts = 0;
  std::uint64_t current = 0;  ///< of the last heartbeat: the Hello whose node has all
  std::size_t longest = 0;    ///< message, bytes
  std::optional<std::string> redirect;
  struct Whole {
    std::uint64_t base = 0, generation = 0, transaction = 0;
    std::vector<Resource> changed;
    Names removed;
    [[nodiscard]] Names names() const {
      Names out;
      for (const auto& resource : changed) out.push_back(resource.name());
      return out;
    }
  };
  std::vector<Whole> transactions;
  control::v1::Epoch epoch;  ///< of the last message
};

class ScriptedNode {
 public:
  explicit ScriptedNode(std::string name) : name_(std::move(name)) {}

  /// What it holds, from the transactions that it was given.
  std::map<std::string, std::string> held;  ///< name -> hash
  std::uint64_t generation = 0;
  std::uint64_t hello_number = 0;

  control::v1::NodeMessage hello() {
    control::HoldingDigest digest;
    std::string source_hash;
    for (const auto& [name, hash] : held) {
      if (name == "source/" + name_) {
        source_hash = hash;
      } else {
        digest.add(name, hash);
      }
    }
    transaction_ = 0;
    control::v1::NodeMessage out;
    out.mutable_hello()->set_node(name_);
    out.mutable_hello()->set_number(++hello_number);
    out.mutable_hello()->set_generation(generation);
    out.mutable_hello()->set_digest(control::with_source(digest.take(), source_hash));
    return out;
  }

  [[nodiscard]] control::v1::NodeMessage holding() const {
    control::v1::NodeMessage out;
    out.mutable_holding()->set_hello(hello_number);
    out.mutable_holding()->set_last(true);
    for (const auto& [name, hash] : held) {
      auto& item = *out.mutable_holding()->add_items();
      item.set_name(name);
      item.set_hash(hash);
    }
    return out;
  }

  /// Of the last transaction that it took.
  [[nodiscard]] control::v1::NodeMessage ack(const std::map<std::string, std::string>& refused = {}) const {
    control::v1::NodeMessage out;
    out.mutable_ack()->set_hello(hello_number);
    out.mutable_ack()->set_transaction(transaction_);
    out.mutable_ack()->set_last(true);
    for (const auto& [name, reason] : refused) {
      auto& item = *out.mutable_ack()->add_refused();
      item.set_name(name);
      item.set_reason(reason);
    }
    return out;
  }

  static control::v1::NodeMessage heartbeat() {
    control::v1::NodeMessage out;
    out.mutable_heartbeat();
    return out;
  }

  void take(const control::v1::ControllerMessage& message, Given& given) {
    given.longest = std::max(given.longest, message.ByteSizeLong());
    given.epoch = message.epoch();
    given.welcomes += message.has_welcome() ? 1 : 0;
    given.asks += message.has_ask() ? 1 : 0;
    given.beats += message.has_heartbeat() ? 1 : 0;
    if (message.has_heartbeat()) given.current = message.heartbeat().hello();
    if (message.has_redirect()) given.redirect = message.redirect().leader();
    if (message.has_part()) take_part(message.part(), given);
  }

 private:
  void take_part(const control::v1::Part& part, Given& given) {
    ++given.parts;
    for (int i = 0; i < part.changed_size(); ++i) {
      if (i > 0 || !part.continues()) pieces_.emplace_back();
      pieces_.back() += part.changed(i);
    }
    removed_.insert(removed_.end(), part.removed().begin(), part.removed().end());
    if (!part.has_end()) return;
    Given::Whole whole{part.end().base_generation(), part.end().generation(), part.transaction(), {}, removed_};
    for (const auto& bytes : pieces_) whole.changed.emplace_back().ParseFromString(bytes);
    for (const auto& resource : whole.changed) held[resource.name()] = resource.hash();
    for (const auto& name : whole.removed) held.erase(name);
    generation = whole.generation;
    transaction_ = part.transaction();
    pieces_.clear();
    removed_.clear();
    given.transactions.push_back(std::move(whole));
  }

  const std::string name_;
  std::uint64_t transaction_ = 0;
  std::vector<std::string> pieces_;
  Names removed_;
};

}  // namespace sluice::publish
