#include "controller/lease/record.h"

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <ctime>

namespace sluice::lease {
namespace {

namespace json = boost::json;

const json::object* object_in(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  return value != nullptr ? value->if_object() : nullptr;
}

std::string text_in(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : "";
}

std::int32_t number_in(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  boost::system::error_code failed;
  const auto number = value != nullptr ? value->to_number<std::int32_t>(failed) : 0;
  return failed ? 0 : number;
}

std::map<std::string, std::string> texts_in(const json::object& fields, std::string_view name) {
  std::map<std::string, std::string> out;
  const json::object* entries = object_in(fields, name);
  if (entries == nullptr) return out;
  for (const auto& entry : *entries) {
    if (const json::string* text = entry.value().if_string()) out[std::string(entry.key())] = std::string(*text);
  }
  return out;
}

json::object parse(const std::string& text) {
  boost::system::error_code failed;
  json::value value = text.empty() ? json::value(json::object()) : json::parse(text, failed);
  return failed || !value.is_object() ? json::object() : std::move(value.get_object());
}

json::object& object_at(json::object& fields, std::string_view name) {
  json::value& value = fields[name];
  if (!value.is_object()) value = json::object();
  return value.get_object();
}

json::object to_object(const std::map<std::string, std::string>& texts) {
  json::object out;
  for (const auto& [key, text] : texts) out[key] = text;
  return out;
}

}  // namespace

std::expected<Record, std::string> read_record(std::string_view text) {
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  const json::object* fields = failed ? nullptr : value.if_object();
  const json::object* metadata = fields != nullptr ? object_in(*fields, "metadata") : nullptr;
  if (metadata == nullptr) return std::unexpected("it is no Lease");
  Record out{.resource_version = text_in(*metadata, "resourceVersion"),
             .uid = text_in(*metadata, "uid"),
             .labels = texts_in(*metadata, "labels"),
             .annotations = texts_in(*metadata, "annotations"),
             .raw = std::string(text)};
  if (out.resource_version.empty()) return std::unexpected("it has no resourceVersion");
  if (const json::object* spec = object_in(*fields, "spec")) {
    out.holder = text_in(*spec, "holderIdentity");
    out.duration_seconds = number_in(*spec, "leaseDurationSeconds");
    out.acquire_time = text_in(*spec, "acquireTime");
    out.renew_time = text_in(*spec, "renewTime");
    out.transitions = number_in(*spec, "leaseTransitions");
  }
  return out;
}

std::string to_json(const Record& record, std::string_view namespace_, std::string_view name) {
  json::object out = parse(record.raw);
  out["apiVersion"] = "coordination.k8s.io/v1";
  out["kind"] = "Lease";
  json::object& metadata = object_at(out, "metadata");
  metadata["namespace"] = namespace_;
  metadata["name"] = name;
  metadata["labels"] = to_object(record.labels);
  metadata["annotations"] = to_object(record.annotations);
  metadata.erase("managedFields");
  json::object& spec = object_at(out, "spec");
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration_seconds;
  spec["acquireTime"] = record.acquire_time;
  spec["renewTime"] = record.renew_time;
  spec["leaseTransitions"] = record.transitions;
  return json::serialize(out);
}

std::string micro_time(std::int64_t microseconds_since_epoch) {
  constexpr std::int64_t kMicro = 1'000'000;
  const std::time_t seconds = microseconds_since_epoch / kMicro;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 24> day{};
  std::array<char, 12> fraction{};
  const auto length = std::strftime(day.data(), day.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(fraction.data(), fraction.size(), ".%06dZ", static_cast<int>(microseconds_since_epoch % kMicro));
  return std::string(day.data(), length) + fraction.data();
}

}  // namespace sluice::lease
