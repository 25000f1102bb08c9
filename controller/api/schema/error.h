// Why an object is refused, found by the schema of its kind.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "controller/api/field_path.h"
#include "controller/api/schema/place.h"

namespace sluice::api {

struct SchemaError {
  FieldPath field;
  std::string what;  ///< what was found; what would do
};

/// What was found wrong in one object.
class SchemaErrors {
 public:
  /// redacted  no value of the object may be shown (a Secret).
  explicit SchemaErrors(bool redacted = false) : redacted_(redacted) {}

  void add(const Place& place, std::string what) { errors_.push_back({place.path(), std::move(what)}); }
  /// "80080; must be at most 65535", long values shortened.
  void add_value(const Place& place, const boost::json::value& found, const std::string& wanted);
  /// An error after which rules cannot be evaluated: a wrong type, a missing field, too many items or characters.
  void add_blocking(const Place& place, std::string what) {
    blocking_ = true;
    add(place, std::move(what));
  }
  void block() { blocking_ = true; }
  [[nodiscard]] bool blocking() const { return blocking_; }
  [[nodiscard]] bool redacted() const { return redacted_; }
  [[nodiscard]] std::vector<SchemaError>& list() { return errors_; }
  [[nodiscard]] const std::vector<SchemaError>& list() const { return errors_; }

 private:
  std::vector<SchemaError> errors_;
  bool redacted_ = false;
  bool blocking_ = false;
};

}  // namespace sluice::api
