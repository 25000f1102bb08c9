// The way from an object's root to the value at hand, on the stack; it becomes a FieldPath only for an error.
#pragma once

#include <cstddef>
#include <string_view>

#include "controller/api/field_path.h"

namespace sluice::api {

class Place {
 public:
  Place() = default;
  [[nodiscard]] Place field(std::string_view name) const { return {this, name, 0, false}; }
  [[nodiscard]] Place item(std::size_t index) const { return {this, {}, index, true}; }
  [[nodiscard]] FieldPath path() const {
    FieldPath out;
    append(out);
    return out;
  }

 private:
  Place(const Place* parent, std::string_view name, std::size_t index, bool is_item)
      : parent_(parent), name_(name), index_(index), is_item_(is_item) {}
  void append(FieldPath& out) const {
    if (parent_ == nullptr) return;
    parent_->append(out);
    if (is_item_) {
      out.push(index_);
    } else {
      out.push(name_);
    }
  }

  const Place* parent_ = nullptr;  ///< null at the root
  std::string_view name_;
  std::size_t index_ = 0;
  bool is_item_ = false;
};

}  // namespace sluice::api
