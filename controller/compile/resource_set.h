// The model's resources as they are, and what has changed since a delta was last taken.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sluice/model.pb.h"

namespace sluice::compile {

/// Not thread-safe. A resource that is put with the content that it has is no change; nor is one that is changed and
/// changed back before the delta is taken. Contents are kept serialised: a fifth of what the messages take.
class ResourceSet {
 public:
  /// Takes a resource with name and content; sets its hash.
  void put(model::v1::Resource resource);
  void erase(const std::string& name);

  /// What changed since the last call, sorted by name. Empty: the generation stays.
  model::v1::Delta take_delta();

  [[nodiscard]] model::v1::Model model() const;

 private:
  using Hash = std::array<char, 32>;
  struct Stored {
    Hash hash{};
    std::string content;  ///< the Resource without name and hash
  };
  using Resources = std::map<std::string, Stored>;

  static void print(const Resources::value_type& stored, model::v1::Resource& out);

  Resources resources_;
  std::map<std::string, std::optional<Hash>>
      before_;  ///< of what was touched since the last delta; none: was not there
  std::uint64_t generation_ = 0;
};

}  // namespace sluice::compile
