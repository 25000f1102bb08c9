// What the admin endpoint answers: a page a path, each made when it is asked for.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "userspace/process/admin.h"

namespace sluice::process {

struct Pages {
  std::function<std::string()> metrics;                             ///< Prometheus text
  std::function<std::expected<void, std::string>()> ready;          ///< error: why not
  std::function<std::string()> config;                              ///< the model as JSON, without private keys
  std::function<std::expected<std::string, std::string>()> status;  ///< objects as JSON; error: why there are none
  std::function<std::string()> node = nullptr;  ///< its name, then its addresses, a line each; empty: no node
};

/// /metrics, /healthz, /readyz, /config, /status, /node where there is one, and / with their list. GET and HEAD alone.
AdminHandler serve(Pages pages);

}  // namespace sluice::process
