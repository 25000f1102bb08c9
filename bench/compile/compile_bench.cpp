// Prints figures as JSON lines {"case", "value", "unit"}: compile_bench (http|tcp) (compile|load|edit|memory) ROUNDS
#include <fmt/format.h>
#include <malloc.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "bench/compile/pipeline.h"
#include "bench/compile/world.h"
#include "controller/source/directory.h"

namespace sluice::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kFiles = 100;

void print(const std::string& figure, double value, const char* unit) {
  fmt::print("{{\"case\": \"{}\", \"value\": {}, \"unit\": \"{}\"}}\n", figure, value, unit);
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = Clock::now();
  work();
  return Seconds(Clock::now() - begin).count();
}

double quantile(std::vector<double> samples, double part) {
  std::ranges::sort(samples);
  const auto rank = static_cast<std::size_t>(part * static_cast<double>(samples.size()));
  return samples[std::min(rank, samples.size() - 1)];
}

void check(bool done, const char* what) {
  if (done) return;
  fmt::print(stderr, "compile_bench: {}\n", what);
  std::exit(1);
}

void compile(const std::string& name, Kind kind, int rounds) {
  const api::ObjectSet objects = make_world(kind);
  const auto refs = all_of(objects);
  std::vector<double> models;
  std::vector<double> tables;
  for (int i = 0; i < rounds; ++i) {
    Pipeline pipeline;
    model::v1::Delta delta;
    models.push_back(seconds_of([&] { delta = pipeline.compile(objects, refs); }));
    tables.push_back(seconds_of([&] { pipeline.apply(delta); }));
    check(pipeline.forwarding() >= kRoutes, "not every route forwards");
  }
  print(name + "-objects-to-model", quantile(models, 0.5), "s");
  print(name + "-model-to-tables", quantile(tables, 0.5), "s");
}

void load(const std::string& name, Kind kind, int rounds) {
  std::string folder = (std::filesystem::temp_directory_path() / "sluice-compile-XXXXXX").string();
  check(mkdtemp(folder.data()) != nullptr, "no folder for manifests");
  write_manifests(make_world(kind), folder, kFiles);
  std::vector<double> samples;
  std::size_t loaded = 0;
  for (int i = 0; i < rounds; ++i) {
    samples.push_back(seconds_of([&] {
      const auto result = source::load(folder, api::Channel::kExperimental);
      for (const auto& error : result.errors) fmt::print(stderr, "{}\n", source::to_string(error));
      loaded = result.objects == nullptr ? 0 : result.objects->services.size();
    }));
  }
  std::filesystem::remove_all(folder);
  check(loaded == kRoutes, "the manifests were not loaded");
  print(name + "-files-to-objects", quantile(samples, 0.5), "s");
}

/// The edits of one kind, each on another route, from the changed object to tables.
void edits(const std::string& name, Pipeline& pipeline, int rounds,
           const std::function<std::vector<api::ObjectRef>(int route, int turn)>& edit, const api::ObjectSet& objects) {
  std::vector<double> samples;
  for (int i = 0; i < rounds; ++i) {
    const auto changed = edit(i * 7919 % kRoutes, i);
    const auto before = pipeline.store().generation();
    samples.push_back(1e3 * seconds_of([&] { pipeline.apply(pipeline.compile(objects, changed)); }));
    check(pipeline.store().generation() == before + 1, "an edit changed nothing");
  }
  print(name + "-p50", quantile(samples, 0.5), "ms");
  print(name + "-p99", quantile(samples, 0.99), "ms");
}

void edit(const std::string& name, Kind kind, int rounds) {
  api::ObjectSet objects = make_world(kind);
  Pipeline pipeline;
  pipeline.apply(pipeline.compile(objects, all_of(objects)));
  const auto weight = [&](int route, int turn) { return edit_weight(objects, kind, route, turn); };
  const auto endpoint = [&](int route, int turn) { return edit_endpoint(objects, route, turn); };
  const auto hostname = [&](int route, int turn) { return edit_hostname(objects, route, turn); };
  edits(name + "-edit-weight", pipeline, rounds, weight, objects);
  edits(name + "-edit-endpoint", pipeline, rounds, endpoint, objects);
  if (kind == Kind::Http) edits(name + "-edit-hostname", pipeline, rounds, hostname, objects);
}

double anonymous_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::strtod(line.c_str() + std::strlen("RssAnon:"), nullptr) / 1e3;
  }
  return 0;
}

void memory(const std::string& name, Kind kind) {
  const double idle = anonymous_megabytes();
  const api::ObjectSet objects = make_world(kind);
  malloc_trim(0);
  print(name + "-memory-of-objects", anonymous_megabytes() - idle, "MB");
  Pipeline pipeline;
  {
    const auto delta = pipeline.compile(objects, all_of(objects));
    malloc_trim(0);
    // The delta itself goes once the node has taken it.
    print(name + "-memory-with-graph-model-and-delta", anonymous_megabytes() - idle, "MB");
    pipeline.apply(delta);
  }
  check(pipeline.forwarding() >= kRoutes, "not every route forwards");
  malloc_trim(0);
  print(name + "-memory", anonymous_megabytes() - idle, "MB");
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  if (argc != 4) return 2;
  const std::string name = argv[1];
  const Kind kind = name == "http" ? Kind::Http : Kind::Tcp;
  const std::string what = argv[2];
  const int rounds = std::atoi(argv[3]);
  if (what == "compile") compile(name, kind, rounds);
  if (what == "load") load(name, kind, rounds);
  if (what == "edit") edit(name, kind, rounds);
  if (what == "memory") memory(name, kind);
}
