// What is asked of the API server beside lists and watches: statuses, Leases, Secrets, Events, token reviews.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <string>

#include "controller/source/kubernetes/api_error.h"
#include "controller/source/kubernetes/json_patch.h"
#include "controller/source/kubernetes/resource_path.h"

namespace sluice::kubernetes {

struct ApiRequest {
  HttpMethod method = HttpMethod::kGet;
  ResourcePath path;
  std::string content_type;
  std::string body;  ///< JSON
  std::chrono::milliseconds timeout{10'000};
};

/// The answer's body: mostly the object as it is now (version_of() in watch_event.h reads its resourceVersion). A
/// conflict is a value like any other: read again, and decide again.
using ApiAnswer = std::expected<std::string, ApiError>;
using OnAnswer = std::function<void(ApiAnswer)>;

ApiRequest get(ResourcePath path);
/// path: of the collection. kAlreadyExists where the name is taken.
ApiRequest create(ResourcePath path, std::string object);
/// The object carries the resourceVersion that it was made from; kConflict where that is not the latest.
ApiRequest update(ResourcePath path, std::string object);
/// kConflict where the object is not as it was read.
ApiRequest patch(ResourcePath path, const JsonPatch& patch);
ApiRequest remove(ResourcePath path);

/// The same object's status subresource.
ResourcePath status_of(ResourcePath path);

}  // namespace sluice::kubernetes
