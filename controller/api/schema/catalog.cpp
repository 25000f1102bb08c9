#include "controller/api/schema/catalog.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>

#include "controller/api/schema/embedded.h"
#include "controller/api/schema/reader.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

KindSchema read_kind(const json::object& in, const std::vector<SchemaNode>& nodes) {
  KindSchema kind{.group = std::string(in.at("group").as_string()),
                  .kind = std::string(in.at("kind").as_string()),
                  .namespaced = in.at("scope") == "Namespaced",
                  .versions = {}};
  for (const auto& item : in.at("versions").as_array()) {
    const json::object& fields = item.as_object();
    const json::value* deprecated = fields.if_contains("deprecated");
    kind.versions.push_back({.name = std::string(fields.at("name").as_string()),
                             .served = fields.at("served").as_bool(),
                             .deprecated = deprecated != nullptr ? std::string(deprecated->as_string()) : "",
                             .root = &nodes.at(fields.at("schema").to_number<std::size_t>())});
  }
  return kind;
}

/// Schemas are part of the binary, so only a defect of the build makes this fail; tests read every one of them.
Catalog read_or_abort(std::string_view channel) {
  auto catalog = Catalog::read({channel, kCoreSchemas, kOwnSchemas});
  if (catalog) return *std::move(catalog);
  std::fprintf(stderr, "the schemas in this binary cannot be read: %s\n", catalog.error().c_str());
  std::abort();
}

}  // namespace

const VersionSchema* KindSchema::version(std::string_view name) const {
  const auto found = std::ranges::find(versions, name, &VersionSchema::name);
  return found != versions.end() ? &*found : nullptr;
}

const Catalog& Catalog::of(Channel channel) {
  if (channel == Channel::kStandard) {
    static const Catalog kStandard = read_or_abort(kStandardSchemas);
    return kStandard;
  }
  static const Catalog kExperimental = read_or_abort(kExperimentalSchemas);
  return kExperimental;
}

std::expected<Catalog, std::string> Catalog::read(const std::vector<std::string_view>& documents) {
  Catalog catalog;
  for (const std::string_view text : documents) {
    boost::system::error_code failed;
    const json::value document = json::parse(json::string_view(text.data(), text.size()), failed);
    if (failed) return std::unexpected(failed.message());
    auto nodes = read_nodes(document.at("nodes").as_array());
    if (!nodes) return std::unexpected(std::move(nodes.error()));
    catalog.nodes_.push_back(std::make_unique<std::vector<SchemaNode>>(*std::move(nodes)));
    for (const auto& kind : document.at("kinds").as_array()) {
      catalog.kinds_.push_back(read_kind(kind.as_object(), *catalog.nodes_.back()));
    }
  }
  return catalog;
}

const KindSchema* Catalog::find(std::string_view group, std::string_view kind) const {
  const auto found = std::ranges::find_if(kinds_, [&](const auto& k) { return k.group == group && k.kind == kind; });
  return found != kinds_.end() ? &*found : nullptr;
}

bool Catalog::has_group(std::string_view group) const {
  return std::ranges::find(kinds_, group, &KindSchema::group) != kinds_.end();
}

}  // namespace sluice::api
