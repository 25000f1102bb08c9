// Manifests from anywhere: whatever the bytes, they are taken or refused with errors that name the file, in both
// channels: a text that begins with "# standard" is read as the standard channel reads it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "controller/source/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool standard = text.starts_with("# standard");
  const source::Manifest manifest =
      source::read_manifest(text, "fuzz.yaml", standard ? api::Channel::kStandard : api::Channel::kExperimental);
  for (const auto& error : manifest.errors) {
    if (error.file != "fuzz.yaml" || error.what.empty()) std::abort();
  }
  // What was taken is whole: it has a name, and is of a kind that has one.
  for (const auto& object : manifest.objects) {
    if (object.ref.kind.empty() || object.ref.name.empty()) std::abort();
  }
  return 0;
}
