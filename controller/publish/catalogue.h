// The whole model as published so far, by name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/publish/published.h"

namespace sluice::publish {

/// One thread.
class Catalogue {
 public:
  struct Change {
    std::string name;
    PublishedPtr now;  ///< null: it is gone
  };

  /// Takes a delta; returns what is another by it.
  std::vector<Change> apply(const model::v1::Delta& delta);

  /// Null: there is none.
  [[nodiscard]] PublishedPtr find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, PublishedPtr, std::less<>>& all() const { return resources_; }

  /// There is something to give to nodes: a first delta was taken.
  [[nodiscard]] bool is_whole() const { return is_whole_; }
  [[nodiscard]] std::uint64_t generation() const { return generation_; }

 private:
  std::map<std::string, PublishedPtr, std::less<>> resources_;
  std::uint64_t generation_ = 0;
  bool is_whole_ = false;
};

}  // namespace sluice::publish
