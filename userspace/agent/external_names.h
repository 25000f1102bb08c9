// Fills Endpoints that name a host (Service type ExternalName, directory source only) with what the resolver found, so
// that l4 and l7 see addresses alone.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "userspace/agent/resolver.h"
#include "userspace/model/store.h"

namespace sluice::agent {

/// Not thread-safe; the answers are handed in by the owner's thread.
class ExternalNames {
 public:
  /// Notes the Endpoints of `delta` that have an external_name. Returns those whose name has answered, filled; the
  /// others are as they are to be.
  std::vector<model::ResourcePtr> fill(const model::SharedDelta& delta);

  /// An answer: returns the Endpoints that change by it, filled. Empty when nothing does.
  std::vector<model::ResourcePtr> answered(const std::string& name, const Resolution& resolution);

  /// A resource in force as compile made it: itself where nothing was filled in.
  [[nodiscard]] model::ResourcePtr compiled(const model::ResourcePtr& resource) const;

  /// The names to keep resolved.
  [[nodiscard]] std::set<std::string> names() const;

 private:
  /// nullptr: its name has not answered yet.
  [[nodiscard]] model::ResourcePtr filled(const model::v1::Resource& compiled) const;

  std::map<std::string, model::ResourcePtr> endpoints_;  ///< by resource name, as compiled
  std::map<std::string, Resolution> answers_;            ///< by host name
};

}  // namespace sluice::agent
