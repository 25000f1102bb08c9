// Completion scripts, made from the commands and options as they are declared, so that they cannot fall behind.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "tools/sluicectl/command.h"

namespace sluice::ctl {
namespace {

struct Option {
  std::vector<std::string> names;  ///< "-o", "--output"
  std::string description;
  bool takes_value = false;
  bool takes_file = false;
};

struct Command {
  std::string name;
  std::string description;
  std::vector<Option> options;
};

std::string first_sentence(const std::string& text) {
  return text.substr(0, text.find(". "));
}

std::vector<Command> commands_of(const CLI::App& app) {
  std::vector<Command> commands;
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    Command command{.name = sub->get_name(), .description = first_sentence(sub->get_description()), .options = {}};
    for (const auto* option : sub->get_options()) {
      Option out{.names = {}, .description = option->get_description()};
      for (const auto& name : option->get_snames()) out.names.push_back("-" + name);
      for (const auto& name : option->get_lnames()) out.names.push_back("--" + name);
      if (out.names.empty()) continue;
      out.takes_value = option->get_items_expected_max() > 0;
      const auto& type = option->get_type_name();
      out.takes_file = type.find("FILE") != std::string::npos || type.find("PATH") != std::string::npos;
      command.options.push_back(std::move(out));
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

std::string words(const Command& command) {
  std::string out;
  for (const auto& option : command.options) {
    for (const auto& name : option.names) out += (out.empty() ? "" : " ") + name;
  }
  return out;
}

std::string names(const std::vector<Command>& commands) {
  std::string out;
  for (const auto& command : commands) out += (out.empty() ? "" : " ") + command.name;
  return out;
}

std::string bash(const std::vector<Command>& commands) {
  std::string out = "# bash completion of sluicectl\n_sluicectl() {\n  local word=${COMP_WORDS[COMP_CWORD]}\n";
  out += fmt::format(
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n    return\n  "
      "fi\n  local options=\n  case ${{COMP_WORDS[1]}} in\n",
      names(commands));
  for (const auto& command : commands) out += fmt::format("    {}) options='{}' ;;\n", command.name, words(command));
  out +=
      "  esac\n  if [[ $word == -* ]]; then\n    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
      "  else\n    mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n  fi\n}\n"
      "complete -o filenames -F _sluicectl sluicectl kubectl-sluice\n";
  return out;
}

/// Within single quotes and brackets of zsh's _arguments, or single quotes of fish.
std::string quoted(std::string text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string zsh(const std::vector<Command>& commands) {
  std::string out =
      "#compdef sluicectl kubectl-sluice\n_sluicectl() {\n  if (( CURRENT == 2 )); then\n    _values command";
  for (const auto& command : commands) {
    out += fmt::format(" \\\n      '{}[{}]'", command.name, quoted(command.description, "[]:"));
  }
  out += "\n    return\n  fi\n  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in\n";
  for (const auto& command : commands) {
    out += fmt::format("    {})\n      _arguments", command.name);
    for (const auto& option : command.options) {
      for (const auto& name : option.names) {
        const char* value = option.takes_file ? ":file:_files" : option.takes_value ? ":value: " : "";
        out += fmt::format(" \\\n        '{}[{}]{}'", name, quoted(option.description, "[]:"), value);
      }
    }
    out += " \\\n        '*:file:_files'\n      ;;\n";
  }
  return out + "  esac\n}\n_sluicectl \"$@\"\n";
}

std::string fish(const std::vector<Command>& commands) {
  std::string out = "# fish completion of sluicectl\n";
  for (const auto& command : commands) {
    out += fmt::format("complete -c sluicectl -f -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                       quoted(command.description, "\\"));
    for (const auto& option : command.options) {
      out += fmt::format("complete -c sluicectl -n '__fish_seen_subcommand_from {}'", command.name);
      for (const auto& name : option.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      out += option.takes_file ? " -r" : option.takes_value ? " -x" : "";
      out += fmt::format(" -d '{}'\n", quoted(option.description, "\\"));
    }
  }
  return out;
}

}  // namespace

void add_completion(CLI::App& app, Run& run) {
  const auto shell = std::make_shared<std::string>();
  auto& command =
      add_command(app, "completion", "Prints a script that completes sluicectl's commands and options in a shell.",
                  {.usage = "bash|zsh|fish",
                   .footer = "Example: sluicectl completion bash >/etc/bash_completion.d/sluicectl\n"
                             "         sluicectl completion zsh >\"${fpath[1]}/_sluicectl\"\n"
                             "         sluicectl completion fish >~/.config/fish/completions/sluicectl.fish\n"
                             "Exit: 0, 2 wrong usage"});
  command.add_option("shell", *shell, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command.callback([shell, &app, &run] {
    run = [shell, &app] {
      const auto commands = commands_of(app);
      const std::string text = *shell == "bash" ? bash(commands) : *shell == "zsh" ? zsh(commands) : fish(commands);
      std::fwrite(text.data(), 1, text.size(), stdout);
      return kFine;
    };
  });
}

}  // namespace sluice::ctl
