#include "tools/sluicectl/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "controller/attach/address.h"
#include "controller/status/status.h"
#include "sluice/vip_address.h"
#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/node.h"
#include "userspace/model/redact.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

constexpr const char* kOrFolder = "; or give manifests by -f DIR";

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

/// As sluiced takes it: the address in the one way to write it, or what is wrong.
std::string canonical(std::string& text) {
  auto address = attach::canonical_address(text);
  if (!address) return text + " is no IPv4 or IPv6 address";
  const auto unfit = unfit_as_vip(*address);
  if (!unfit.empty()) return text + " cannot be an address of a Gateway: " + std::string(unfit);
  text = *std::move(address);
  return {};
}

class TeachingFormatter : public CLI::Formatter {
 public:
  explicit TeachingFormatter(std::string usage) : usage_(std::move(usage)) { column_width(34); }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return CLI::Formatter::make_help(app, std::move(name), mode);
    return "Usage: " + name + " " + usage_ + "\n  " + app->get_description() + "\n" + make_positionals(app) +
           make_groups(app, mode) + make_subcommands(app, mode) + "\n" + app->get_footer() + "\n";
  }

  /// "FILE (default: x)": what CLI11 says of exclusions and types is for programs.
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string type = option->get_type_name();
    if (const auto open = type.find('{'); open != std::string::npos) {  // the values that it may have
      type = type.substr(open + 1, type.size() - open - 2);
      std::ranges::replace(type, ',', '|');
    }
    std::string out = type.empty() ? "" : " " + type;
    if (!option->get_default_str().empty()) out += " (" + option->get_default_str() + ")";
    return out;
  }

  std::string make_subcommand(const CLI::App* sub) const override {
    std::stringstream out;
    CLI::detail::format_help(out, sub->get_name(), first_sentence(sub->get_description()), column_width_);
    return out.str();
  }

 private:
  std::string usage_;
};

}  // namespace

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& does, const Help& help) {
  CLI::App& command = *app.add_subcommand(name, does);
  command.formatter(std::make_shared<TeachingFormatter>(help.usage));
  command.footer(help.footer);
  return command;
}

void add_source_options(CLI::App& command, Source& source, FolderArgument argument) {
  const std::string names = argument == FolderArgument::Positional ? "folder,-f,--filename" : "-f,--filename";
  auto* folder = command.add_option(names, source.folder.path, "Folder of manifests, or one file: no node is asked");
  folder->type_name("FOLDER|FILE");
  command.add_option("--socket", source.socket, "The node's admin socket")
      ->type_name("PATH")
      ->capture_default_str()
      ->excludes(folder);
  command.add_option("--channel", source.folder.channel, "Of a folder: release channel whose schemas apply")
      ->check(CLI::IsMember({"experimental", "standard"}))
      ->capture_default_str();
  command.add_option("--address", source.folder.addresses, "Of a folder: address of Gateways that name none")
      ->transform(CLI::Validator(canonical, "IP"))
      ->type_name("IP")
      ->delimiter(',')
      ->allow_extra_args(false);  // a folder may stand behind it
}

std::expected<Folder, int> load_folder(const Source& source, const std::string& then) {
  if (auto wrong = missing(source.folder)) return std::unexpected(usage_error(*wrong));
  Folder folder = read_folder(source.folder);
  if (folder.ok()) return folder;
  print_errors(folder, then);
  return std::unexpected(kFindings);
}

std::expected<model::v1::Model, int> load_model(const Source& source, const std::string& then) {
  if (source.is_folder()) {
    auto folder = load_folder(source, then);
    if (!folder) return std::unexpected(folder.error());
    return std::move(folder->model);
  }
  const auto text = fetch_from_node(source.socket, "/config");
  if (!text) return std::unexpected(usage_error(text.error() + kOrFolder));
  auto parsed = model::model_from_json(*text);
  if (!parsed) return std::unexpected(usage_error(source.socket + ": " + parsed.error()));
  return std::move(*parsed);
}

std::expected<json::object, int> load_status(const Source& source, const std::string& then) {
  if (source.is_folder()) {
    const auto folder = load_folder(source, then);
    if (!folder) return std::unexpected(folder.error());
    return status::list(*folder->objects, folder->pipeline->graph(), {});
  }
  const auto text = fetch_from_node(source.socket, "/status");
  if (!text) return std::unexpected(usage_error(text.error() + kOrFolder));
  boost::system::error_code error;
  auto parsed = json::parse(*text, error);
  if (error || !parsed.is_object() || at(parsed, {"items"}) == nullptr) {
    return std::unexpected(usage_error(source.socket + ": /status is no List of objects"));
  }
  return std::move(parsed.get_object());
}

namespace {

void add_commands(CLI::App& app, Run& run) {
  app.name("sluicectl");
  app.description("Checks manifests of the Gateway API, compiles them, and says where traffic goes and why.");
  app.formatter(std::make_shared<TeachingFormatter>("COMMAND [ARGUMENT...]"));
  app.footer(
      "Example: sluicectl validate manifests/\n"
      "         sluicectl explain --http GET http://shop.example/cart -f manifests/\n"
      "'sluicectl COMMAND --help' has more. Exit: 0 fine, 1 findings, 2 wrong usage or node not reached");
  app.require_subcommand(1);
  add_validate(app, run);
  add_compile(app, run);
  add_status(app, run);
  add_explain(app, run);
  add_completion(app, run);
  add_version(app, run);
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  CLI::App app;
  Run run;
  add_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    const auto given = app.get_subcommands();
    const std::string command = given.empty() ? "sluicectl" : "sluicectl " + given.front()->get_name();
    const bool unknown = given.empty() && argc > 1 && argv[1][0] != '-';
    const std::string what = unknown ? fmt::format("'{}' is no command", argv[1]) : error.what();
    return usage_error(fmt::format("{}\n'{} --help' shows how", what, command));
  }
  return run();
}

int usage_error(const std::string& message) {
  fmt::print(stderr, "sluicectl: {}\n", message);
  return kUsage;
}

}  // namespace sluice::ctl
