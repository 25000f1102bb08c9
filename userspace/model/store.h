// The model that a node has in force, resource by resource, and what refers to what. Built from deltas; read by l4,
// passthrough, l7 and explain.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::model {

/// A resource, shared and immutable: tables built from one keep it alive and compare by its hash.
using ResourcePtr = std::shared_ptr<const v1::Resource>;

/// A delta whose resources may be held by several.
struct SharedDelta {
  std::uint64_t base_generation = 0;
  std::uint64_t generation = 0;
  std::vector<ResourcePtr> changed;
  std::vector<std::string> removed;
};

/// Moves the resources; copies none.
SharedDelta share(v1::Delta delta);

/// The resources of one generation, sorted by name: what goes to other threads, to disk and to people.
struct Snapshot {
  std::uint64_t generation = 0;
  std::vector<ResourcePtr> resources;

  /// A copy of it all (with keys in clear: see redacted).
  [[nodiscard]] v1::Model model() const;
};

/// Not thread-safe; one owner. Readers on other threads hold ResourcePtrs, never the store.
class Store {
 public:
  /// Takes a delta as one transaction. Error (nothing changed): the base generation is not the one in force.
  std::expected<void, std::string> apply(const v1::Delta& delta);
  /// The same without a copy: the store holds the delta's own resources.
  std::expected<void, std::string> apply(const SharedDelta& delta);

  /// nullptr when there is none of that name.
  [[nodiscard]] ResourcePtr find(std::string_view name) const;

  /// All resources by name: "backend/...", "endpoints/...", "frontend/...", "host/...", "http/...", "key/...",
  /// "l4/...", "sni/...". Ordered, so a kind is a range: for (auto it = all().lower_bound("frontend/"); ...).
  [[nodiscard]] const std::map<std::string, ResourcePtr, std::less<>>& all() const { return resources_; }

  [[nodiscard]] std::uint64_t generation() const { return generation_; }

  /// The frontends that reach any of `names` by reference, themselves included: what a delta makes a node rebuild.
  [[nodiscard]] std::set<std::string> frontends_of(const std::set<std::string>& names) const;

  /// The whole, shared.
  [[nodiscard]] Snapshot snapshot() const;

  /// The whole, to be saved or printed (with keys in clear: see redacted).
  [[nodiscard]] v1::Model model() const { return snapshot().model(); }

 private:
  [[nodiscard]] std::expected<void, std::string> check_base(std::uint64_t base) const;
  void put(ResourcePtr resource);
  void erase(std::string_view name);
  void link(const v1::Resource& resource);
  void unlink(const v1::Resource& resource);

  std::map<std::string, ResourcePtr, std::less<>> resources_;
  /// (name, who refers to it): views into the resource that refers, which lives as long as its links.
  std::set<std::pair<std::string_view, std::string_view>> referrers_;
  std::uint64_t generation_ = 0;
};

/// A delta that makes an empty store into `model`.
v1::Delta as_delta(const v1::Model& model);

}  // namespace sluice::model
