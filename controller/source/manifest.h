// What one text of manifests holds: its objects, each defaulted, validated and typed on its own, and what is wrong.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/channel.h"
#include "controller/api/kinds.h"
#include "controller/api/schema/catalog.h"
#include "controller/source/result.h"

namespace sluice::source {

/// Kept of an object whose kind has rules on change (oldSelf): what they compare, and where its fields stand.
struct ChangeRecord {
  boost::json::object json;               ///< defaulted
  std::map<std::string, unsigned> lines;  ///< by field: "spec.controllerName"
  const api::VersionSchema* version = nullptr;
};

struct ManifestObject {
  api::ObjectRef ref;
  api::Origin origin;
  std::optional<api::AnyObject> object;        ///< absent of kinds that are validated but not supported yet
  std::shared_ptr<const ChangeRecord> change;  ///< mostly null
};

struct Manifest {
  std::vector<ManifestObject> objects;
  std::vector<SourceError> errors;
  std::vector<Notice> notices;
};

/// Errors of one text beyond this many are left out, and the last one says so.
inline constexpr std::size_t kMaxErrors = 1000;

/// Reads YAML or JSON, any number of documents; a `kind: List` stands for its items. file is used for messages alone.
/// Pure. Each object is checked by itself: two of one name are found later (controller/source/assembly.h).
Manifest read_manifest(std::string_view text, const std::string& file, api::Channel channel);

}  // namespace sluice::source
