#include "tools/sluicectl/command.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/sluicectl/node.h"
#include "userspace/model/redact.h"

namespace sluice::ctl {
namespace {

class TeachingFormatter : public CLI::Formatter {
 public:
  explicit TeachingFormatter(std::string usage) : usage_(std::move(usage)) { column_width(34); }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return CLI::Formatter::make_help(app, std::move(name), mode);
    return "Usage: " + name + " " + usage_ + "\n  " + app->get_description() + "\n" + make_positionals(app) +
           make_groups(app, mode) + make_subcommands(app, mode) + "\n" + app->get_footer() + "\n";
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

void add_folder_options(CLI::App& command, FolderOptions& folder) {
  command.add_option("folder,-f,--filename", folder.path, "Folder of manifests, or one file")->type_name("FOLDER|FILE");
  command.add_option("--channel", folder.channel, "Release channel of the Gateway API whose schemas apply")
      ->check(CLI::IsMember({"experimental", "standard"}))
      ->capture_default_str();
  command.add_option("--address", folder.addresses, "Address of Gateways that name none, as sluiced takes it")
      ->type_name("IP");
}

void add_source_options(CLI::App& command, Source& source) {
  auto* folder =
      command.add_option("-f,--filename", source.folder.path, "Folder of manifests, or one file: no node is asked");
  folder->type_name("DIR");
  command.add_option("--socket", source.socket, "The node's admin socket")
      ->type_name("PATH")
      ->capture_default_str()
      ->excludes(folder);
  command.add_option("--channel", source.folder.channel, "With -f: release channel whose schemas apply")
      ->check(CLI::IsMember({"experimental", "standard"}))
      ->capture_default_str();
  command.add_option("--address", source.folder.addresses, "With -f: address of Gateways that name none")
      ->type_name("IP");
}

std::expected<model::Store, int> load_model(const Source& source) {
  model::v1::Model loaded;
  if (source.is_folder()) {
    Folder folder = read_folder(source.folder);
    if (!folder.ok()) {
      print_errors(folder, "nothing was explained");
      return std::unexpected(kFindings);
    }
    loaded = std::move(folder.model);
  } else {
    auto text = fetch_from_node(source.socket, "/config?keys=redacted");
    if (!text) return std::unexpected(usage_error(text.error() + "; or give manifests by -f DIR"));
    auto parsed = model::model_from_json(*text);
    if (!parsed) return std::unexpected(usage_error(source.socket + ": " + parsed.error()));
    loaded = std::move(*parsed);
  }
  model::Store store;
  if (auto applied = store.apply(model::as_delta(loaded)); !applied)
    return std::unexpected(usage_error(applied.error()));
  return store;
}

int usage_error(const std::string& message) {
  fmt::print(stderr, "sluicectl: {}\n", message);
  return kUsage;
}

}  // namespace sluice::ctl
