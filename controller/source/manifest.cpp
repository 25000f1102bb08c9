#include "controller/source/manifest.h"

#include <algorithm>
#include <boost/json.hpp>

#include "controller/source/document.h"
#include "controller/source/yaml.h"
#include "controller/source/yaml_value.h"

namespace sluice::source {
namespace {

/// Values that the aliases of a file may make beyond those that it spells out.
constexpr std::size_t kMaxAliasedValues = 1U << 17;

}  // namespace

Manifest read_manifest(std::string_view text, const std::string& file, api::Channel channel) {
  Manifest manifest;
  const auto refuse = [&](unsigned line, std::string what) {
    manifest.errors.push_back({.file = file, .line = line, .object = {}, .field = {}, .what = std::move(what)});
  };
  DocumentReader reader(file, api::Catalog::of(channel), channel, manifest);
  YamlReader documents(text);
  std::size_t aliased = kMaxAliasedValues;
  while (manifest.errors.size() <= kMaxErrors) {
    const auto root = documents.next();
    if (!root) {
      refuse(root.error().line, root.error().what);
      return manifest;
    }
    if (*root == nullptr) return manifest;
    // What the text itself spells out needs a value a node, and text counts a little more (yaml_value.h).
    const std::size_t spelt = documents.size() + text.size() / kBytesAValue;
    std::size_t budget = spelt + aliased;
    reader.read(**root, budget);
    aliased = std::min(aliased, budget);
  }
  manifest.errors.resize(kMaxErrors);
  refuse(0, "has more than " + std::to_string(kMaxErrors) + " errors; the others are left out");
  return manifest;
}

}  // namespace sluice::source
