// A JSON patch (RFC 6902) that holds only while the object is as it was read.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::kubernetes {

inline constexpr std::string_view kJsonPatchType = "application/json-patch+json";

///   JsonPatch(record.resource_version).add({"status", "parents"}, list).text()
///
/// Values are JSON text and go into the patch as they are, so that what others wrote stays as they wrote it.
class JsonPatch {
 public:
  using Path = std::initializer_list<std::string_view>;

  /// Its first operation tests metadata.resourceVersion: applied to another version, the patch is a conflict.
  explicit JsonPatch(std::string_view resource_version);

  /// Adds a field, or replaces it; the object that it is in must be there.
  JsonPatch& add(Path path, std::string_view raw_value);
  /// The field must be there.
  JsonPatch& remove(Path path);
  [[nodiscard]] std::string text() const { return text_ + "]"; }

 private:
  void operation(std::string_view op, Path path, std::string_view raw_value);

  std::string text_ = "[";
};

}  // namespace sluice::kubernetes
