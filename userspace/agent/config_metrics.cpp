#include "userspace/agent/config_metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "sluice/version.h"
#include "userspace/process/exposition.h"

namespace sluice::agent {

void ConfigMetrics::reloaded(Reload result) {
  ++reloads_[static_cast<std::size_t>(result)];
  last_good_ = result != Reload::kRefused;
}

void ConfigMetrics::applied(std::uint64_t generation, std::chrono::microseconds took, std::size_t refused) {
  generation_ = generation;
  refused_ = refused;
  const double seconds = std::chrono::duration<double>(took).count();
  const auto bound = std::ranges::lower_bound(kBounds, seconds);
  ++buckets_[static_cast<std::size_t>(bound - kBounds.begin())];
  sum_ += took;
}

void ConfigMetrics::refused(std::size_t resources) {
  refused_ = resources;
}

std::string ConfigMetrics::text() const {
  process::Exposition out;
  out.family("sluice_build_info", "gauge", "Always 1; what runs is in the labels.");
  out.sample("sluice_build_info", {{"version", kVersion}}, std::uint64_t{1});

  out.family("sluice_config_reloads_total", "counter", "Looks at the manifests, by what came of them.");
  out.sample("sluice_config_reloads_total", {{"result", "applied"}}, reloads_[0]);
  out.sample("sluice_config_reloads_total", {{"result", "refused"}}, reloads_[1]);
  out.sample("sluice_config_reloads_total", {{"result", "unchanged"}}, reloads_[2]);
  out.family("sluice_config_last_reload_successful", "gauge", "0 while the manifests on disk are refused.");
  out.sample("sluice_config_last_reload_successful", {}, std::uint64_t{last_good_ ? 1U : 0U});

  out.family("sluice_config_generation", "gauge", "Generation of the model: compiled, and in force on this node.");
  out.sample("sluice_config_generation", {{"state", "wanted"}}, generation_);
  out.sample("sluice_config_generation", {{"state", "applied"}}, generation_);
  out.family("sluice_config_refused_resources", "gauge", "Resources of the model that are not in force; see /status.");
  out.sample("sluice_config_refused_resources", {}, std::uint64_t{refused_});

  out.family("sluice_config_apply_seconds", "histogram", "From a compiled change to maps and tables.");
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    count += buckets_[i];
    out.sample("sluice_config_apply_seconds_bucket", {{"le", fmt::format("{}", kBounds[i])}}, count);
  }
  count += buckets_.back();
  out.sample("sluice_config_apply_seconds_bucket", {{"le", "+Inf"}}, count);
  out.sample("sluice_config_apply_seconds_sum", {}, std::chrono::duration<double>(sum_).count());
  out.sample("sluice_config_apply_seconds_count", {}, count);
  return out.take();
}

}  // namespace sluice::agent
