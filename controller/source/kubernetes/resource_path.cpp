#include "controller/source/kubernetes/resource_path.h"

namespace sluice::kubernetes {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                               c == '.' || c == '_' || c == '~';
    if (is_unreserved) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
  }
  return out;
}

std::string to_string(const Resource& resource) {
  return resource.group.empty() ? resource.plural : resource.plural + "." + resource.group;
}

std::string to_path(const ResourcePath& path) {
  const Resource& resource = path.resource;
  std::string out = resource.group.empty() ? "/api" : "/apis/" + percent_encoded(resource.group);
  out += "/" + percent_encoded(resource.version);
  if (!path.namespace_.empty()) out += "/namespaces/" + percent_encoded(path.namespace_);
  out += "/" + percent_encoded(resource.plural);
  if (!path.name.empty()) out += "/" + percent_encoded(path.name);
  if (!path.subresource.empty()) out += "/" + percent_encoded(path.subresource);
  return out;
}

}  // namespace sluice::kubernetes
