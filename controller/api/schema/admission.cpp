#include "controller/api/schema/admission.h"

#include <boost/json.hpp>

#include "controller/api/object_meta.h"
#include "controller/api/schema/endpoint_address.h"
#include "controller/api/schema/passes.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestValue = 80;

/// Passes over an object take a value; this lends the object to one, without metadata, which no schema describes.
class Body {
 public:
  explicit Body(json::object& object) : object_(object) {
    if (json::value* metadata = object.if_contains("metadata")) metadata_ = std::move(*metadata);
    object.erase("metadata");
    value_ = std::move(object);
  }
  ~Body() {
    object_ = std::move(value_.get_object());
    object_["metadata"] = std::move(metadata_);
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  json::value& operator*() { return value_; }

 private:
  json::object& object_;
  json::value value_;
  json::value metadata_;
};

}  // namespace

void SchemaErrors::add_value(const Place& place, const json::value& found, const std::string& wanted) {
  std::string shown = redacted_ ? "REDACTED" : json::serialize(found);
  if (shown.size() > kLongestValue) {
    std::size_t end = kLongestValue;
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0) == 0x80) --end;  // not inside a character
    shown.replace(end, std::string::npos, "…");
  }
  add(place, shown + "; " + wanted);
}

std::vector<SchemaError> admit(json::object& object, const KindSchema& kind, const VersionSchema& version) {
  SchemaErrors errors(kind.kind == "Secret" && kind.group.empty());
  object.erase("status");
  check_metadata(object, kind, errors);
  {
    Body value(object);
    const Place root;
    take_in(*version.root, *value, root, errors);
    validate(*version.root, *value, root, errors);
    check_unique(*version.root, *value, root, errors);
    std::size_t budget = kObjectRuleCost;
    if (!errors.blocking()) check_rules(*version.root, *value, nullptr, root, errors, budget);
  }
  if (kind.kind == "EndpointSlice" && !errors.blocking()) check_endpoint_addresses(object, errors);
  object.erase("status");  // which some kinds default
  return std::move(errors.list());
}

std::vector<SchemaError> check_transition(const json::object& object, const json::object& old,
                                          const VersionSchema& version) {
  SchemaErrors errors;
  if (!version.root->has_transitions) return {};
  const json::value value(object);
  const json::value before(old);
  std::size_t budget = kObjectRuleCost;
  check_rules(*version.root, value, &before, Place(), errors, budget);
  return std::move(errors.list());
}

void convert(json::object& object, const VersionSchema& to) {
  SchemaErrors unknown_fields_of_the_other_version;
  Body value(object);
  take_in(*to.root, *value, Place(), unknown_fields_of_the_other_version);
}

}  // namespace sluice::api
