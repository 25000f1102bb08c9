// Secrets and ConfigMaps: of all of them the names and versions, and the contents of those that are wanted.
//
// A cluster holds thousands of Secrets that are none of our business; what is not wanted is never sent to us.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <deque>
#include <functional>
#include <set>

#include "controller/source/kubernetes/mirror.h"
#include "controller/source/kubernetes/object_reader.h"
#include "controller/source/kubernetes/outbox.h"
#include "controller/source/kubernetes/timing.h"
#include "sluice/backoff.h"

namespace sluice::kubernetes {

/// Fed with metadata alone (PartialObjectMetadata); asks for wanted objects by name, when they are wanted and each time
/// that their version changes. Held by shared_ptr.
class ContentMirror : public Mirror, public std::enable_shared_from_this<ContentMirror> {
 public:
  /// client, outbox: borrowed. answered: every object of the want of that number has been asked for, or is not there.
  ContentMirror(boost::asio::any_io_executor executor, const WatchedKind& kind, Resource resource, ApiClient& client,
                Outbox& outbox, const Timing& timing, std::function<void(std::uint64_t)> answered);

  /// From now on these, and no others.
  void want(std::set<api::NamespacedName> names, std::uint64_t number);
  void read_as(std::string_view) override {}

 protected:
  void take(ParsedObject object, Held& held) override;
  void drop(const api::NamespacedName& name, Held& held) override;
  void listed() override;

 private:
  struct Wanted {
    bool is_asked = false;     ///< waits for its turn, for the server, or for another try
    bool is_answered = false;  ///< once at least
    std::string version;       ///< of what was delivered
  };

  void ask(const api::NamespacedName& name);
  void take_turns();
  static boost::asio::awaitable<void> fetch(std::shared_ptr<ContentMirror> self, api::NamespacedName name);
  boost::asio::awaitable<void> fetch_until_done(api::NamespacedName name);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  void fail(const api::NamespacedName& name, const ApiError& error);
  void deliver(const api::NamespacedName& name, std::string_view text);
  void withdraw(const api::NamespacedName& name, Held& held);
  void tell_if_answered();
  /// Whether the contents at hand are older than what the server has.
  [[nodiscard]] bool is_due(const api::NamespacedName& name, const Wanted& wanted);
  [[nodiscard]] api::ObjectRef ref_of(const api::NamespacedName& name) const {
    return {std::string(kind_.kind), name.namespace_, name.name};
  }

  boost::asio::any_io_executor executor_;
  const WatchedKind& kind_;
  Resource resource_;
  ObjectReader reader_;
  ApiClient& client_;
  Outbox& outbox_;
  const Timing& timing_;
  std::function<void(std::uint64_t)> answered_;
  std::map<api::NamespacedName, Wanted> wanted_;
  std::deque<api::NamespacedName> turns_;
  std::size_t in_flight_ = 0;
  std::uint64_t number_ = 0;
  bool is_listed_ = false;
};

}  // namespace sluice::kubernetes
