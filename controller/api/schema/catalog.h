// The kinds and versions that are served, with their schemas: what controller/api/schemas/*.json holds, compiled into
// the binary (tools/update-schemas takes it from the Gateway API's CRDs and Kubernetes' OpenAPI documents).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/channel.h"
#include "controller/api/schema/node.h"

namespace sluice::api {

struct VersionSchema {
  std::string name;  ///< "v1"
  bool served = true;
  std::string deprecated;  ///< the API's own warning; empty where it is not
  const SchemaNode* root = nullptr;
};

struct KindSchema {
  std::string group;  ///< empty for the core group
  std::string kind;
  bool namespaced = true;
  std::vector<VersionSchema> versions;
  [[nodiscard]] const VersionSchema* version(std::string_view name) const;
};

class Catalog {
 public:
  /// Of the channel, and the core kinds. Made once, at the first call; lives as long as the process.
  static const Catalog& of(Channel channel);

  /// Reads documents of tools/update-schemas. An unreadable schema, pattern or rule is an error: "nodes[12]: …".
  static std::expected<Catalog, std::string> read(const std::vector<std::string_view>& documents);

  /// Null where there is none.
  [[nodiscard]] const KindSchema* find(std::string_view group, std::string_view kind) const;
  [[nodiscard]] bool has_group(std::string_view group) const;
  [[nodiscard]] const std::vector<KindSchema>& kinds() const { return kinds_; }

 private:
  std::vector<std::unique_ptr<std::vector<SchemaNode>>> nodes_;
  std::vector<KindSchema> kinds_;
};

}  // namespace sluice::api
