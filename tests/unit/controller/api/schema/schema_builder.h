// Schemas for tests, from their text.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/schema/node.h"

namespace sluice::api {

/// A schema and those that it refers to.
class TestSchema {
 public:
  /// nodes  a JSON list as tools/update-schemas writes it; the last is the root. Aborts where it cannot be read.
  explicit TestSchema(std::string_view nodes);
  [[nodiscard]] const SchemaNode& root() const { return nodes_.back(); }

  /// What take_in makes of a value; errors are left out.
  [[nodiscard]] boost::json::value taken_in(std::string_view value) const;
  /// What take_in, validate, check_unique and, where those pass, the rules find: "field: what".
  [[nodiscard]] std::vector<std::string> errors(std::string_view value) const;

 private:
  std::vector<SchemaNode> nodes_;
};

/// What is wrong with an object of one of the kinds that are served, "field: what"; object is YAML-free JSON.
std::vector<std::string> refusals(std::string_view object);

}  // namespace sluice::api
