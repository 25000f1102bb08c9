// The model for people: private keys stay out. Whatever prints a model, logs one or answers with one goes through here.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "sluice/model.pb.h"

namespace sluice::model {

/// What stands in the place of a private key.
inline constexpr std::string_view kRedacted = "[redacted]";

/// The model without private keys; hashes are those of the whole.
v1::Model redacted(v1::Model model);

/// redacted() as protobuf JSON, indented, with a newline at the end.
std::string redacted_json(const v1::Model& model);

/// A model from protobuf JSON, as redacted_json() writes it. The error says what and where.
std::expected<v1::Model, std::string> model_from_json(std::string_view json);

}  // namespace sluice::model
