#include "controller/attach/namespace.h"

#include "controller/attach/label_selector.h"

namespace sluice::attach {

bool selects_namespace(const api::ObjectSet& objects, const api::NamespaceSelection& selection, std::string_view from,
                       std::string_view home, const std::string& candidate) {
  if (from == "All") return true;
  if (from == "Same") return home == candidate;
  if (from != "Selector" || !selection.selector) return false;
  const auto found = objects.namespaces.find({"", candidate});
  return found != objects.namespaces.end() && selects(*selection.selector, found->second->metadata.labels);
}

}  // namespace sluice::attach
