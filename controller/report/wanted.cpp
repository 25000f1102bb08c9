#include "controller/report/wanted.h"

#include <boost/json.hpp>

namespace sluice::report {
namespace {

namespace json = boost::json;

void drop_times(json::value& value) {
  if (auto* items = value.if_array()) {
    for (auto& item : *items) drop_times(item);
  }
  if (auto* fields = value.if_object()) {
    fields->erase("lastTransitionTime");
    for (auto& field : *fields) drop_times(field.value());
  }
}

std::int64_t generation_in(const json::value& value) {
  if (const auto* items = value.if_array()) return items->empty() ? 0 : generation_in(items->front());
  const auto* fields = value.if_object();
  if (fields == nullptr) return 0;
  const auto* own = fields->if_contains("observedGeneration");
  if (own != nullptr && own->is_int64()) return own->get_int64();
  for (const auto& field : *fields) {
    if (const auto found = generation_in(field.value()); found != 0) return found;
  }
  return 0;
}

}  // namespace

Wanted wanted_of(const json::object& status) {
  json::value value(status);
  drop_times(value);
  return {.text = json::serialize(value), .generation = generation_in(value)};
}

}  // namespace sluice::report
