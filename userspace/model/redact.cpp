#include "userspace/model/redact.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

namespace sluice::model {

v1::Model redacted(v1::Model model) {
  for (auto& resource : *model.mutable_resources()) {
    if (resource.has_key()) resource.mutable_key()->set_private_key_pem(std::string(kRedacted));
  }
  return model;
}

std::string redacted_json(const v1::Model& model) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  // Fails only for Any and well-known types, which the model has none of.
  (void)google::protobuf::util::MessageToJsonString(redacted(model), &json, options);
  if (!json.ends_with('\n')) json += '\n';
  return json;
}

std::expected<v1::Model, std::string> model_from_json(std::string_view json) {
  v1::Model model;
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &model);
  if (!status.ok()) return std::unexpected("no model: " + std::string(status.message()));
  return model;
}

}  // namespace sluice::model
