// The model of a node in its two forms: as compile made it, which is saved and shown, and as it is in force, with the
// addresses of externalName Services filled in. A resource that needs no filling is held once.
#pragma once

#include <expected>
#include <set>
#include <string>

#include "userspace/agent/external_names.h"
#include "userspace/model/store.h"

namespace sluice::agent {

/// Not thread-safe; one owner.
class NodeModel {
 public:
  /// Takes a delta that compile made. Returns the names that it changed or removed. Error (nothing changed): its base
  /// is not the generation in force.
  std::expected<std::set<std::string>, std::string> apply(model::v1::Delta delta);

  /// An answer of the resolver: returns the names of the resources that change by it.
  std::set<std::string> answered(const std::string& name, const Resolution& resolution);

  /// What makes the compiled model into `whole`, whatever it was.
  [[nodiscard]] model::v1::Delta towards(const model::v1::Model& whole) const;

  /// What the data planes read.
  [[nodiscard]] const model::Store& in_force() const { return in_force_; }

  /// Never with resolved names, so that it can be saved.
  [[nodiscard]] model::Snapshot compiled() const;

  /// The names to keep resolved.
  [[nodiscard]] std::set<std::string> names() const { return names_.names(); }

 private:
  std::set<std::string> put(std::vector<model::ResourcePtr> filled);

  model::Store in_force_;
  ExternalNames names_;
};

}  // namespace sluice::agent
