// Which of the kinds that we read an API server serves, and in which version.
//
// Asked for by group and version (/apis/GROUP, /apis/GROUP/VERSION), not by the aggregated document of all groups: an
// API server that starts answers these with 503 until it knows all of its CRDs, while a document of all groups may
// still lack some.
#pragma once

#include <map>
#include <string>

#include "controller/source/kubernetes/api_client.h"
#include "controller/source/kubernetes/resource_path.h"
#include "controller/source/kubernetes/watched_kind.h"

namespace sluice::kubernetes {

/// By kind, in the first of readable_versions() that is served with list and watch.
using Served = std::map<std::string, Resource>;

/// All of it, or the first error: an incomplete answer is none. client: borrowed until it is answered.
ApiClient::Result<Served> discover(ApiClient& client);

}  // namespace sluice::kubernetes
