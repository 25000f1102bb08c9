// What the commands share: exit codes, help that teaches, and where objects or a model come from.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/sluicectl/folder.h"
#include "userspace/model/store.h"

namespace sluice::ctl {

inline constexpr int kFine = 0;
inline constexpr int kFindings = 1;  ///< errors in manifests, a request refused
inline constexpr int kUsage = 2;     ///< wrong usage, or the node is not reached

/// The commands, each in the file of its name. A command that was given sets `run`.
using Run = std::function<int()>;
void add_validate(CLI::App& app, Run& run);
void add_compile(CLI::App& app, Run& run);
void add_status(CLI::App& app, Run& run);
void add_explain(CLI::App& app, Run& run);
void add_completion(CLI::App& app, Run& run);

struct Help {
  std::string usage;   ///< after the command's name
  std::string footer;  ///< examples and exit codes
};

/// A subcommand whose help reads: usage, what it does, options with defaults, examples, exit codes.
CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& does, const Help& help);

/// A folder, or a node by its socket.
struct Source {
  FolderOptions folder;
  std::string socket = "/run/sluice/default.sock";

  [[nodiscard]] bool is_folder() const { return !folder.path.empty(); }
};

/// -f, --socket, --channel, --address.
void add_source_options(CLI::App& command, Source& source);
/// -f, --channel, --address alone; the folder is also taken as an argument.
void add_folder_options(CLI::App& command, FolderOptions& folder);

/// The model of a folder or of a node, as a store. Errors have been printed; the value is the exit code.
std::expected<model::Store, int> load_model(const Source& source);

/// "sluicectl: " + message on stderr; returns kUsage.
int usage_error(const std::string& message);

}  // namespace sluice::ctl
