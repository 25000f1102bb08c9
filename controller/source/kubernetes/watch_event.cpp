#include "controller/source/kubernetes/watch_event.h"

#include <array>
#include <utility>

#include "controller/source/kubernetes/raw_json.h"

namespace sluice::kubernetes {
namespace {

constexpr std::array<std::pair<std::string_view, WatchEvent>, 5> kTypes{{{R"("ADDED")", WatchEvent::kAdded},
                                                                         {R"("MODIFIED")", WatchEvent::kModified},
                                                                         {R"("DELETED")", WatchEvent::kDeleted},
                                                                         {R"("BOOKMARK")", WatchEvent::kBookmark},
                                                                         {R"("ERROR")", WatchEvent::kError}}};

}  // namespace

std::optional<EventText> read_event(std::string_view text) {
  const auto type = raw_member(text, "type");
  const auto object = raw_member(text, "object");
  if (!type || !object) return std::nullopt;
  for (const auto& [name, known] : kTypes) {
    if (*type == name) return EventText{known, *object};
  }
  return std::nullopt;
}

std::string version_of(std::string_view object) {
  const auto metadata = raw_member(object, "metadata");
  const auto version = metadata ? raw_member(*metadata, "resourceVersion") : std::nullopt;
  if (!version || version->size() < 2 || version->front() != '"') return {};
  return std::string(version->substr(1, version->size() - 2));
}

}  // namespace sluice::kubernetes
