// The model's resources as they are, and what has changed since a delta was last taken.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

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

  /// A resource in one piece of memory.
  class Stored {
   public:
    Stored(std::string_view name, const Hash& hash, std::string_view content);
    [[nodiscard]] std::string_view name() const { return {text(), head().name}; }
    [[nodiscard]] const Hash& hash() const { return head().hash; }
    /// The Resource without name and hash.
    [[nodiscard]] std::string_view content() const { return {text() + head().name, head().content}; }

   private:
    struct Head {
      Hash hash;
      std::uint32_t name;  ///< bytes of it
      std::uint32_t content;
    };
    [[nodiscard]] const Head& head() const { return *reinterpret_cast<const Head*>(memory_.get()); }
    [[nodiscard]] const char* text() const { return memory_.get() + sizeof(Head); }

    std::unique_ptr<char[]> memory_;  ///< Head, name, content
  };

  struct ByName {
    using is_transparent = void;
    static std::string_view name(const Stored& stored) { return stored.name(); }
    static std::string_view name(std::string_view text) { return text; }
    bool operator()(const auto& one, const auto& other) const { return name(one) < name(other); }
  };

  static void print(const Stored& stored, model::v1::Resource& out);

  std::set<Stored, ByName> resources_;
  std::map<std::string, std::optional<Hash>>
      before_;  ///< of what was touched since the last delta; none: was not there
  std::uint64_t generation_ = 0;
};

}  // namespace sluice::compile
