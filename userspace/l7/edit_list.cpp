#include "userspace/l7/edit_list.h"

#include <algorithm>

namespace sluice::l7 {
namespace {

bool replaces_one(const HeaderEdits& edits, std::string_view name) {
  return std::ranges::any_of(edits.set, [&](const auto& set) { return equals_ignoring_case(set.name, name); }) ||
         std::ranges::any_of(edits.remove, [&](const auto& gone) { return equals_ignoring_case(gone, name); });
}

}  // namespace

bool EditList::replaces(std::string_view name) const {
  return replaced_after(0, 0, name);
}

bool EditList::replaced_after(std::size_t list, std::size_t index, std::string_view name) const {
  for (; list < lists_.size(); ++list, index = 0) {
    for (; index < lists_[list].size(); ++index) {
      if (replaces_one(lists_[list][index], name)) return true;
    }
  }
  return false;
}

void EditList::append_lines(std::string& out) const {
  for (std::size_t list = 0; list < lists_.size(); ++list) {
    for (std::size_t index = 0; index < lists_[list].size(); ++index) {
      const auto append = [&](const HeaderEdits::Named& field) {
        if (replaced_after(list, index + 1, field.name)) return;
        out.append(field.name).append(": ").append(field.value).append("\r\n");
      };
      std::ranges::for_each(lists_[list][index].set, append);
      std::ranges::for_each(lists_[list][index].add, append);
    }
  }
}

}  // namespace sluice::l7
