// What a source has to say about manifests: errors refuse a change, notices do not.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/object_set.h"

namespace sluice::source {

/// One reason why a folder is refused: syntax, schema, or a rule of the API. Parts that do not apply are empty.
struct SourceError {
  std::string file;    ///< as the path was given, joined with the path below it
  unsigned line = 0;   ///< 1-based; 0 where no line is to blame
  std::string object;  ///< "TCPRoute shop/db"
  std::string field;   ///< "spec.rules[0].backendRefs[0].port"
  std::string what;    ///< what was found; what would do
};

/// What a user should know although the folder is taken: skipped kinds, deprecated versions, kinds not supported yet.
struct Notice {
  std::string file;
  unsigned line = 0;
  std::string object;
  std::string what;
};

/// Text of a manifest for a line of a terminal or log: control characters as escapes, \x1b.
std::string printable(std::string_view text);

/// One line: "manifests/db.yaml:14: TCPRoute shop/db: spec.rules[0].backendRefs[0].port: 80080; must be at most 65535"
std::string to_string(const SourceError& error);
std::string to_string(const Notice& notice);

/// objects is null when there are errors. Errors and notices are in the order of files and lines.
struct LoadResult {
  std::shared_ptr<const api::ObjectSet> objects;
  std::vector<SourceError> errors;
  std::vector<Notice> notices;
};

/// changed: every object that was added, changed or removed, sorted; empty where nothing changed, and where errors
/// refuse the change: then the objects in force stay.
struct ReloadResult {
  std::vector<SourceError> errors;
  std::vector<Notice> notices;
  std::vector<api::ObjectRef> changed;
  [[nodiscard]] bool ok() const { return errors.empty(); }
};

}  // namespace sluice::source
