#include "controller/source/kubernetes/json_patch.h"

#include "controller/source/kubernetes/raw_json.h"

namespace sluice::kubernetes {
namespace {

/// RFC 6901, 3.
std::string pointer(JsonPatch::Path path) {
  std::string out;
  for (const std::string_view step : path) {
    out += '/';
    for (const char c : step) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
  return out;
}

}  // namespace

JsonPatch::JsonPatch(std::string_view resource_version) {
  operation("test", {"metadata", "resourceVersion"}, quoted(resource_version));
}

JsonPatch& JsonPatch::add(Path path, std::string_view raw_value) {
  operation("add", path, raw_value);
  return *this;
}

JsonPatch& JsonPatch::remove(Path path) {
  operation("remove", path, {});
  return *this;
}

void JsonPatch::operation(std::string_view op, Path path, std::string_view raw_value) {
  if (text_.size() > 1) text_ += ',';
  text_ += R"({"op":")";
  text_ += op;
  text_ += R"(","path":)";
  text_ += kubernetes::quoted(pointer(path));  // not std::quoted, which its argument brings in
  if (!raw_value.empty()) {
    text_ += R"(,"value":)";
    text_ += raw_value;
  }
  text_ += '}';
}

}  // namespace sluice::kubernetes
