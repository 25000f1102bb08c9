// What a fake API server holds: objects by resource, their versions, and the events between versions.
#pragma once

#include <boost/json/object.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "controller/source/kubernetes/resource_path.h"

namespace sluice::kubernetes {

/// Any thread. Versions are one counter for all resources, as etcd's are.
class FakeWorld {
 public:
  struct Event {
    std::uint64_t version;
    std::string text;  ///< as a watch sends it
  };
  struct Page {
    unsigned status = 200;  ///< 410: the token is too old; of a patch, also 404 and 422
    std::string body;
  };

  /// Served from now on, under that kind.
  void serve(const Resource& resource, const std::string& kind);
  void unserve(const Resource& resource);
  [[nodiscard]] bool is_served(const Resource& resource) const;
  /// Documents of discovery; nullopt: not served.
  [[nodiscard]] std::optional<std::string> group(const std::string& group) const;
  [[nodiscard]] std::optional<std::string> group_version(const std::string& group, const std::string& version) const;

  /// Creates or replaces the object that the text is of; its resourceVersion is given. Returns that.
  std::string put(const Resource& resource, std::string_view object);
  /// Creates an object of a collection, 409 where its name is taken; or replaces one, 404 where it is not there and 409
  /// where the text has a resourceVersion that is not its last. Answers as an API server does.
  Page write(const ResourcePath& path, const std::string& object);
  void remove(const Resource& resource, const std::string& namespace_, const std::string& name);
  /// Changes an object that is there, as one step; a new version even where the edit changes nothing.
  void edit(const ResourcePath& path, const std::function<void(boost::json::object&)>& edit);
  /// Applies a JSON patch (RFC 6902: test, add, remove of members), whole or not at all. Answers as an API server does:
  /// 422 where a test fails; what changes nothing makes no new version.
  Page patch(const ResourcePath& path, const std::string& patch);
  void bookmark(const Resource& resource);
  /// Forgets all events and pages so far: who asks for older ones gets 410.
  void compact();

  [[nodiscard]] std::optional<std::string> get(const ResourcePath& path) const;
  Page list(const Resource& resource, unsigned limit, const std::string& continue_);
  /// Waits for an event after the version, until stop says so (call wake() then). nullopt: compacted away.
  std::optional<std::vector<Event>> events(const Resource& resource, std::uint64_t after,
                                           const std::function<bool()>& stop);
  void wake();
  [[nodiscard]] bool is_compacted(std::uint64_t version) const;
  [[nodiscard]] std::uint64_t version() const;

 private:
  using Key = std::pair<std::string, std::string>;  ///< namespace, name
  struct Held {
    std::string kind;
    bool is_served = true;
    std::map<Key, boost::json::object> objects;
    std::deque<Event> events;
  };
  struct Rest {
    std::string version;
    std::vector<std::string> items;
  };
  boost::json::object* find(const ResourcePath& path);
  void changed(const ResourcePath& path, boost::json::object& object);
  void tell(Held& held, std::string_view type, const boost::json::object& object);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t version_ = 100;
  std::uint64_t compacted_ = 0;
  std::map<std::string, Held> held_;  ///< by plural and group: all versions of a resource hold the same
  std::map<Resource, std::string> served_;
  std::map<std::string, Rest> pages_;
};

}  // namespace sluice::kubernetes
