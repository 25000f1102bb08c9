#include "userspace/model/locality.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace sluice::model {

std::string_view preferred_node(const v1::Frontend& frontend, std::string_view node) {
  return frontend.distribution() == v1::Frontend::PREFER_LOCAL ? node : std::string_view();
}

ReadyEndpoints choose(std::vector<const v1::Endpoint*> ready,
                      const std::function<bool(const v1::Endpoint&)>& is_preferred) {
  ReadyEndpoints out;
  std::ranges::partition_copy(ready, std::back_inserter(out.chosen), std::back_inserter(out.others),
                              [&](const v1::Endpoint* endpoint) { return is_preferred(*endpoint); });
  out.is_preferred = !out.chosen.empty();
  if (!out.is_preferred) out = {.chosen = std::move(ready), .others = {}};
  return out;
}

ReadyEndpoints choose_ready(const v1::Endpoints& endpoints, std::string_view preferred) {
  std::vector<const v1::Endpoint*> ready;
  for (const auto& endpoint : endpoints.endpoints()) {
    if (endpoint.state() == v1::Endpoint::READY) ready.push_back(&endpoint);
  }
  if (preferred.empty()) return {.chosen = std::move(ready), .others = {}};
  return choose(std::move(ready), [&](const v1::Endpoint& endpoint) { return endpoint.node() == preferred; });
}

std::string host_node_name() {
  utsname names{};
  if (uname(&names) != 0) return "";
  std::string name = names.nodename;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace sluice::model
