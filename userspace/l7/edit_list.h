// The header modifiers that one message passes, in their order: the rule's, then the backendRef's.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "userspace/l7/filter.h"

namespace sluice::l7 {

/// Borrows the filters. Allocates nothing.
class EditList {
 public:
  EditList() = default;
  EditList(std::span<const HeaderEdits> rule, std::span<const HeaderEdits> backend) : lists_{rule, backend} {}

  [[nodiscard]] bool empty() const { return lists_[0].empty() && lists_[1].empty(); }

  /// A field of that name does not go out as it came: some filter sets or removes it.
  [[nodiscard]] bool replaces(std::string_view name) const;

  /// Appends the lines that filters set and add, less what a later filter takes away again.
  void append_lines(std::string& out) const;

 private:
  [[nodiscard]] bool replaced_after(std::size_t list, std::size_t index, std::string_view name) const;

  std::array<std::span<const HeaderEdits>, 2> lists_;
};

}  // namespace sluice::l7
