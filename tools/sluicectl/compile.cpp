#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tools/sluicectl/command.h"
#include "tools/sluicectl/yaml.h"
#include "userspace/model/redact.h"

namespace sluice::ctl {
namespace {

struct Options {
  Source source;
  std::string format = "json";
  std::string out;
};

/// Whole or not at all: a reader of `path` sees the old file or the new one.
std::expected<void, std::string> write_atomically(const std::string& path, const std::string& text) {
  const std::string staged = fmt::format("{}.{}.tmp", path, getpid());  // another sluicectl may write it, too
  std::ofstream file(staged, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::string why;
  std::error_code error;
  if (!file) {
    why = fmt::format("{}: {}", staged, std::strerror(errno));
  } else if (std::filesystem::rename(staged, path, error); error) {
    why = fmt::format("{}: {}", path, error.message());
  }
  if (why.empty()) return {};
  std::filesystem::remove(staged, error);
  return std::unexpected(std::move(why));
}

int compile(const Options& options) {
  const auto model =
      load_model(options.source, options.out.empty() ? "nothing was written" : options.out + " is as it was");
  if (!model) return model.error();
  const std::string json = model::redacted_json(*model);
  const std::string text = options.format == "yaml" ? yaml_of_json(json) : json;
  if (options.out.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kFine;
  }
  if (auto written = write_atomically(options.out, text); !written) return usage_error(written.error());
  return kFine;
}

}  // namespace

void add_compile(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto& command = add_command(
      app, "compile",
      "Prints the model that a node forwards by: compiled from manifests, or the one that a node has in force. Private "
      "keys are not printed.",
      {.usage = "(FOLDER|FILE | --socket PATH) [-o json|yaml] [--out FILE]",
       .footer =
           "Example: sluicectl compile manifests/ --out model.json\n"
           "Exit: 0 written, 1 the manifests have errors (FILE is as it was), 2 wrong usage or node not reached"});
  add_source_options(command, options->source, FolderArgument::Positional);
  command.add_option("-o,--output", options->format, "Format: protobuf JSON, or the same as YAML")
      ->check(CLI::IsMember({"json", "yaml"}))
      ->capture_default_str();
  command.add_option("--out", options->out, "Write to FILE, whole or not at all, instead of stdout")->type_name("FILE");
  command.callback([options, &run] { run = [options] { return compile(*options); }; });
}

}  // namespace sluice::ctl
