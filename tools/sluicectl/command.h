// What the commands share: exit codes, help that teaches, and where objects or a model come from.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/fwd.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sluice/model.pb.h"
#include "tools/sluicectl/folder.h"

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
void add_version(CLI::App& app, Run& run);

/// All of sluicectl: parses, runs one command, returns the exit code.
int run_command_line(int argc, const char* const* argv);

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

enum class FolderArgument { No, Positional };

/// -f, --socket, --channel, --address. `argument`: whether the folder is also taken without -f.
void add_source_options(CLI::App& command, Source& source, FolderArgument argument = FolderArgument::No);

/// Errors have been printed, with `then` saying what stays as it was; the value is the exit code.
std::expected<Folder, int> load_folder(const Source& source, const std::string& then);

/// The model of a folder or of a node, keys redacted in the latter. Errors as above.
std::expected<model::v1::Model, int> load_model(const Source& source, const std::string& then);

/// The List of objects with their status (controller/status), of a folder or of a node. Errors as above.
std::expected<boost::json::object, int> load_status(const Source& source, const std::string& then);

/// "sluicectl: " + message on stderr; returns kUsage.
int usage_error(const std::string& message);

}  // namespace sluice::ctl
