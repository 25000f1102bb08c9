// From an object as the API server sends it to a typed one, with only what is used of it.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "controller/api/kinds.h"
#include "controller/api/schema/catalog.h"
#include "controller/source/kubernetes/object_text.h"
#include "controller/source/kubernetes/status_record.h"
#include "controller/source/kubernetes/watched_kind.h"

namespace sluice::kubernetes {

struct ReadObject {
  api::AnyObject object;
  std::shared_ptr<const StatusRecord> record;  ///< null where the kind has no status of ours
  std::vector<std::string> unknown_fields;     ///< of a newer API than ours; not acted upon
};

/// Reads the objects of one kind, in one version of it.
///
/// Objects of the Gateway API and of our own kinds are checked here by the schemas and rules of their version, though
/// an API server has checked them before: its CRDs may be older, looser or edited, and what comes after this door
/// trusts them. Core kinds cannot be served without their checks. Left out: managedFields, kubectl's
/// last-applied-configuration, labels and annotations that nothing reads, a Service's selector, and the
/// resourceVersion, which changes with each status that is written and so is kept in the record alone: an object that
/// differs in nothing else is no change. Secrets and ConfigMaps have no status, and keep it: who replaces one says
/// which version he has seen.
class ObjectReader {
 public:
  /// version: one of readable_versions().
  ObjectReader(const WatchedKind& kind, std::string_view version);

  /// Errors: "spec.rules[0].backendRefs[0].port: 80080; must be at most 65535".
  std::expected<ReadObject, std::vector<std::string>> read(ParsedObject object) const;

 private:
  const WatchedKind* kind_;
  const api::KindSchema* schema_;
  const api::VersionSchema* version_;
};

}  // namespace sluice::kubernetes
