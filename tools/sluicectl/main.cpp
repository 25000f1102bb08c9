// sluicectl: what a person uses. Composes the commands, each in the file of its name; nothing is decided here.
#include <fmt/format.h>

#include <cstdio>

#include "tools/sluicectl/command.h"

int main(int argc, char** argv) {
  using namespace sluice::ctl;
  CLI::App app;
  Run run;
  add_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    const auto given = app.get_subcommands();
    const std::string command = given.empty() ? "sluicectl" : "sluicectl " + given.front()->get_name();
    return usage_error(fmt::format("{}\n'{} --help' shows how", error.what(), command));
  }
  return run();
}
