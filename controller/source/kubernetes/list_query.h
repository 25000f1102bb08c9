// The requests of lists and watches, and what a page of a list holds (meta/v1, ListOptions and ListMeta).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/source/kubernetes/http.h"
#include "controller/source/kubernetes/resource_path.h"

namespace sluice::kubernetes {

/// What is asked for of a resource.
struct ListQuery {
  Resource resource;
  std::string label_selector;  ///< empty: all
  bool metadata_only = false;  ///< PartialObjectMetadata: the server keeps the rest to itself
};

/// One page: at most limit items (0: all), from where the page before said. Without a resourceVersion, so that the
/// answer is of the latest state: a controller that restarts never sees the world go back in time.
HttpRequest list_request(const ListQuery& query, unsigned limit, const std::string& continue_);

/// Events from a version on, bookmarks included, until the server ends it after so many seconds.
HttpRequest watch_request(const ListQuery& query, const std::string& version, unsigned seconds);

/// Borrows from the body.
struct ListPage {
  std::string version;
  std::string continue_;  ///< empty: the last page
  std::vector<std::string_view> items;
};

/// nullopt: this is no page of a list.
std::optional<ListPage> read_list_page(std::string_view body);

}  // namespace sluice::kubernetes
