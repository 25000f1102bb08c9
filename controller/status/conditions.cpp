#include "controller/status/conditions.h"

#include <boost/describe/enum_to_string.hpp>
#include <boost/json/value.hpp>

namespace sluice::status {

boost::json::array to_json(const attach::Conditions& conditions, std::int64_t generation, std::string_view time) {
  boost::json::array out;
  for (const auto& condition : conditions) {
    out.push_back(boost::json::object{{"lastTransitionTime", time},
                                      {"message", condition.message},
                                      {"observedGeneration", generation},
                                      {"reason", boost::describe::enum_to_string(condition.reason, "Pending")},
                                      {"status", boost::describe::enum_to_string(condition.status, "Unknown")},
                                      {"type", boost::describe::enum_to_string(condition.type, "Accepted")}});
  }
  return out;
}

boost::json::object to_json(const api::ParentReference& ref) {
  boost::json::object out{{"group", ref.group}, {"kind", ref.kind}, {"name", ref.name}};
  if (ref.namespace_) out["namespace"] = *ref.namespace_;
  if (ref.port) out["port"] = *ref.port;
  if (ref.section_name) out["sectionName"] = *ref.section_name;
  return out;
}

}  // namespace sluice::status
