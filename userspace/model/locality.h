// Whose endpoints go first: a frontend may ask for those on the node that forwards (model.proto,
// Frontend.distribution). One rule for kernel, passthrough and engine.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::model {

/// The node whose endpoints go first for the frontend: `node`, this one's name, or "" where none do.
std::string_view preferred_node(const v1::Frontend& frontend, std::string_view node);

/// A backend's ready endpoints, in the model's order. Borrowed from it.
struct ReadyEndpoints {
  std::vector<const v1::Endpoint*> chosen;  ///< share what is new
  std::vector<const v1::Endpoint*> others;  ///< keep what they have, get nothing new
  bool is_preferred = false;                ///< chosen are those that go first
};

/// Those that are preferred where there is one, else all.
ReadyEndpoints choose(std::vector<const v1::Endpoint*> ready,
                      const std::function<bool(const v1::Endpoint&)>& is_preferred);

/// Of all that are ready: those on `preferred` ("": no node) where there is one, else all.
ReadyEndpoints choose_ready(const v1::Endpoints& endpoints, std::string_view preferred);

/// What a node is called where nobody says it: as its host, in lower case, as the kubelet calls it.
std::string host_node_name();

}  // namespace sluice::model
