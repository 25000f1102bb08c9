#include "tests/unit/controller/api/schema/schema_builder.h"

#include <cstdio>
#include <cstdlib>

#include "controller/api/schema/admission.h"
#include "controller/api/schema/passes.h"
#include "controller/api/schema/reader.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

json::value parse(std::string_view text) {
  return json::parse({text.data(), text.size()});
}

std::vector<std::string> lines(const std::vector<SchemaError>& errors) {
  std::vector<std::string> out;
  for (const SchemaError& error : errors) out.push_back(error.field.str() + ": " + error.what);
  return out;
}

}  // namespace

TestSchema::TestSchema(std::string_view nodes) {
  auto read = read_nodes(parse(nodes).as_array());
  if (!read) {
    std::fprintf(stderr, "%s\n", read.error().c_str());
    std::abort();
  }
  nodes_ = *std::move(read);
}

json::value TestSchema::taken_in(std::string_view value) const {
  json::value out = parse(value);
  SchemaErrors errors;
  take_in(root(), out, Place(), errors);
  return out;
}

std::vector<std::string> TestSchema::errors(std::string_view text) const {
  json::value value = parse(text);
  SchemaErrors errors;
  take_in(root(), value, Place(), errors);
  validate(root(), value, Place(), errors);
  check_unique(root(), value, Place(), errors);
  std::size_t budget = kObjectRuleCost;
  if (!errors.blocking()) check_rules(root(), value, nullptr, Place(), errors, budget);
  return lines(errors.list());
}

std::vector<std::string> refusals(std::string_view text) {
  json::object object = parse(text).as_object();
  const std::string version(object.at("apiVersion").as_string());
  const std::size_t slash = version.find('/');
  const auto* kind = Catalog::of(Channel::kExperimental)
                         .find(slash == std::string::npos ? "" : version.substr(0, slash),
                               std::string_view(object.at("kind").as_string()));
  return lines(admit(object, *kind, *kind->version(slash == std::string::npos ? version : version.substr(slash + 1))));
}

}  // namespace sluice::api
