// What is known of one resource, kept equal to what the API server holds by lists and by the events of a watch
// (kubernetes.io/docs/reference/using-api/api-concepts, "Efficient detection of changes").
//
//   mirror.begin_list(); for each page, for each item: mirror.list_item(text); mirror.end_list(version);
//   then, from that version on: mirror.put(text) or mirror.remove(text) for each event, mirror.bookmark(version).
//
// Nothing is applied twice: an event that is not newer than the version we are at was had before, and an item of a
// repeated list in a version that is held is no news. Nothing is lost: the version moves only with what was applied,
// and a list ends with the removal of what it did not hold.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "controller/api/kinds.h"
#include "controller/source/kubernetes/object_text.h"
#include "controller/source/kubernetes/status_record.h"

namespace sluice::kubernetes {

enum class Taken : std::uint8_t { kNews, kKnown, kUnreadable };

/// One thread.
class Mirror {
 public:
  Mirror() = default;
  virtual ~Mirror() = default;
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  /// The resource is served in another version from now on: objects are read by that one.
  virtual void read_as(std::string_view version) = 0;

  /// May be called again before end_list(): a list that could not be finished is begun anew.
  void begin_list() { ++round_; }
  Taken list_item(std::string_view text);
  void end_list(std::string version);

  Taken put(std::string_view text);
  Taken remove(std::string_view text);
  void bookmark(const std::string& version) { advance(version); }

  /// The resource is served no more: all of it is gone.
  void clear();

  /// Where a watch goes on; empty before the first list has ended.
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] std::size_t size() const { return held_.size(); }

 protected:
  struct Held {
    std::string version;
    std::uint32_t round = 0;  ///< of the last list that held it
    api::AnyObject object;    ///< what was made of it; of no use to the base
    std::shared_ptr<const StatusRecord> record;
  };
  /// held is new (its version is empty), or what was made of the version before.
  virtual void take(ParsedObject object, Held& held) = 0;
  virtual void drop(const api::NamespacedName& name, Held& held) = 0;
  virtual void listed() {}
  /// Null where the server has no such object.
  Held* find(const api::NamespacedName& name);

 private:
  void take_news(ParsedObject object);
  void advance(const std::string& version);

  std::map<api::NamespacedName, Held> held_;
  std::string version_;
  std::uint32_t round_ = 0;
};

}  // namespace sluice::kubernetes
