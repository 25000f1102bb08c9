// Fills Endpoints that name a host (Service type ExternalName, directory source only) with what the resolver found, so
// that l4 and l7 see addresses alone.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/agent/resolver.h"

namespace sluice::agent {

/// Not thread-safe; the answers are handed in by the owner's thread.
class ExternalNames {
 public:
  /// Notes the Endpoints of `delta` that have an external_name and fills in what is known of them.
  void fill(model::v1::Delta& delta);

  /// An answer: returns the Endpoints that change by it, filled. Empty when nothing does.
  std::vector<model::v1::Resource> answered(const std::string& name, const Resolution& resolution);

  /// The names to keep resolved.
  [[nodiscard]] std::set<std::string> names() const;

 private:
  void fill(model::v1::Resource& resource) const;

  std::map<std::string, model::v1::Resource> endpoints_;  ///< by resource name, as compiled
  std::map<std::string, Resolution> answers_;             ///< by host name
};

}  // namespace sluice::agent
