#include "controller/source/manifest.h"

#include <boost/json.hpp>

#include "controller/source/document.h"
#include "controller/source/yaml.h"
#include "controller/source/yaml_value.h"

namespace sluice::source {
namespace {

/// Values that the aliases of a file may make beyond those that it spells out.
constexpr std::size_t kMaxAliasedValues = 1U << 20;

}  // namespace

Manifest read_manifest(std::string_view text, const std::string& file, api::Channel channel) {
  Manifest manifest;
  auto stream = YamlStream::parse(text);
  if (!stream) {
    manifest.errors.push_back(
        {.file = file, .line = stream.error().line, .object = {}, .field = {}, .what = std::move(stream.error().what)});
    return manifest;
  }
  std::size_t budget = stream->size() + text.size() / 32 + kMaxAliasedValues;
  DocumentReader reader(file, api::Catalog::of(channel), channel, manifest);
  for (const YamlNode* root : stream->documents()) {
    reader.read(*root, budget);
    if (manifest.errors.size() < kMaxErrors) continue;
    manifest.errors.resize(kMaxErrors);
    manifest.errors.push_back(
        {.file = file,
         .line = 0,
         .object = {},
         .field = {},
         .what = "has more errors than " + std::to_string(kMaxErrors) + "; the others are left out"});
    break;
  }
  return manifest;
}

}  // namespace sluice::source
