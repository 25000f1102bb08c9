#include "controller/report/event_text.h"

#include <boost/json.hpp>
#include <charconv>

#include "controller/api/controller_name.h"
#include "controller/report/raw_object.h"
#include "controller/source/kubernetes/raw_json.h"

namespace sluice::report {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestInstance = 128;

std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a character
  return text.replace(end, std::string::npos, "…");
}

/// FNV-1a, 64 bits: stable over builds, which std::hash is not.
class Hash {
 public:
  Hash& add(std::string_view text) {
    for (const char c : text) mix(static_cast<unsigned char>(c));
    mix(0xff);  // ends the field; no octet of UTF-8
    return *this;
  }
  [[nodiscard]] std::string text() const {
    std::string out(16, '0');
    char digits[16];
    const char* end = std::to_chars(digits, digits + sizeof digits, value_, 16).ptr;
    std::copy(digits, const_cast<char*>(end), out.end() - (end - digits));
    return out;
  }

 private:
  void mix(unsigned char octet) { value_ = (value_ ^ octet) * 0x100000001b3U; }
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// MicroTime (meta/v1) has six digits behind the point.
std::string micro_time(std::string_view time) {
  return std::string(time.substr(0, time.size() - 1)) + ".000000Z";
}

}  // namespace

EventSubject event_subject(const pipeline::Finding& finding) {
  std::string note = (finding.part.empty() ? "" : finding.part + ": ") + finding.type +
                     (finding.message.empty() ? "" : ": " + finding.message);
  return {finding.object, finding.reason, shortened(std::move(note), kLongestNote)};
}

kubernetes::ResourcePath event_path(const EventSubject& subject, std::string_view uid) {
  const std::string hash = Hash().add(uid).add(subject.object.kind).add(subject.reason).add(subject.note).text();
  std::string name = subject.object.name.substr(0, kLongestName - hash.size() - 1);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return {{"events.k8s.io", "v1", "events"},
          subject.object.namespace_.empty() ? "default" : subject.object.namespace_,
          name + "." + hash,
          ""};
}

std::string event_text(const EventSubject& subject, const kubernetes::ResourcePath& path, const EventOrigin& origin) {
  const auto& of = origin.resource;
  json::object regarding{{"apiVersion", of.group.empty() ? of.version : of.group + "/" + of.version},
                         {"kind", subject.object.kind},
                         {"name", subject.object.name},
                         {"uid", origin.uid}};
  if (!subject.object.namespace_.empty()) regarding["namespace"] = subject.object.namespace_;
  return json::serialize(json::object{{"apiVersion", "events.k8s.io/v1"},
                                      {"kind", "Event"},
                                      {"metadata", {{"name", path.name}, {"namespace", path.namespace_}}},
                                      {"eventTime", micro_time(origin.time)},
                                      {"reportingController", api::kControllerName},
                                      {"reportingInstance", shortened(origin.instance, kLongestInstance)},
                                      {"action", "Reconcile"},
                                      {"reason", subject.reason},
                                      {"regarding", std::move(regarding)},
                                      {"note", subject.note},
                                      {"type", "Warning"}});
}

std::string series_text(std::uint64_t count, std::string_view time) {
  return json::serialize(json::object{{"count", count}, {"lastObservedTime", micro_time(time)}});
}

std::uint64_t seen_count(std::string_view event) {
  const auto series = kubernetes::raw_member(event, "series");
  const auto count = series ? kubernetes::raw_member(*series, "count") : std::nullopt;
  std::uint64_t number = 1;
  if (count) std::from_chars(count->data(), count->data() + count->size(), number);
  return number;
}

}  // namespace sluice::report
