#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "controller/status/status.h"
#include "tools/sluicectl/command.h"
#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/warning.h"
#include "tools/sluicectl/yaml.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

struct Options {
  Source source;
  bool strict = false;
  std::string format = "text";
};

struct Report {
  std::vector<source::SourceError> errors;
  std::vector<source::Notice> notices;
  std::vector<source::Notice> warnings;  ///< with where their object stands
  std::size_t objects = 0;
};

void add_warnings(const std::vector<Warning>& warnings, const api::ObjectSet* objects, Report& report) {
  for (const auto& [object, what] : warnings) {
    source::Notice warning{.object = api::to_string(object), .what = what};
    if (objects != nullptr) {
      if (const auto origin = objects->origins.find(object); origin != objects->origins.end()) {
        warning.file = origin->second.file;
        warning.line = origin->second.line;
      }
    }
    report.warnings.push_back(std::move(warning));
  }
}

Report examine(const Folder& folder) {
  Report report{.errors = folder.errors, .notices = folder.notices};
  if (!folder.ok()) return report;
  report.objects = folder.objects->origins.size();
  add_warnings(warnings_of_status(status::list(*folder.objects, folder.pipeline->graph(), {}), Asked::Folder),
               folder.objects.get(), report);
  add_warnings(warnings_of_model(folder.model, *folder.objects), folder.objects.get(), report);
  return report;
}

json::array array_of(const std::vector<source::Notice>& notices) {
  json::array out;
  for (const auto& [file, line, object, what] : notices) {
    out.push_back({{"file", file}, {"line", line}, {"object", object}, {"what", what}});
  }
  return out;
}

json::object json_of(const Report& report) {
  json::array errors;
  for (const auto& [file, line, object, field, what] : report.errors) {
    errors.push_back({{"file", file}, {"line", line}, {"object", object}, {"field", field}, {"what", what}});
  }
  return {
      {"errors", std::move(errors)}, {"warnings", array_of(report.warnings)}, {"notices", array_of(report.notices)}};
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void print_text(const Report& report, const std::string& of) {
  for (const auto& notice : report.notices) fmt::print(stderr, "{}\n", source::to_string(notice));
  for (const auto& warning : report.warnings) fmt::print(stderr, "{}\n", source::to_string(warning));
  fmt::print("{}: {}, {}\n", of, counted(report.objects, "object"), counted(report.warnings.size(), "warning"));
}

int validate(const Options& options) {
  Report report;
  std::string of = options.source.socket;
  if (options.source.is_folder()) {
    if (const auto wrong = missing(options.source.folder)) return usage_error(*wrong);
    const Folder folder = read_folder(options.source.folder);
    of = options.source.folder.path;
    if (!folder.ok() && options.format == "text") {
      print_errors(folder, "");
      return kFindings;
    }
    report = examine(folder);
  } else {
    const auto list = load_status(options.source, "");
    if (!list) return list.error();
    report.objects = items_of(*list).size();
    add_warnings(warnings_of_status(*list, Asked::Node), nullptr, report);
  }
  if (options.format == "text") {
    print_text(report, of);
  } else {
    const std::string text = options.format == "json" ? indented(json_of(report)) : yaml_of(json_of(report));
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  const bool found = !report.errors.empty() || (options.strict && !report.warnings.empty());
  return found ? kFindings : kFine;
}

}  // namespace

void add_validate(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto& command = add_command(
      app, "validate",
      "Says what an API server would refuse, with file and line, and warns of what it would take but cannot work: "
      "references that do not resolve, routes that hang nowhere. Changes nothing.",
      {.usage = "(FOLDER|FILE | --socket PATH) [--strict] [-o text|json|yaml]",
       .footer = "Example: sluicectl validate manifests/ --strict\n"
                 "Exit: 0 fine or warnings only, 1 errors (with --strict: or warnings), 2 wrong usage or node not "
                 "reached"});
  add_source_options(command, options->source, FolderArgument::Positional);
  command.add_flag("--strict", options->strict, "Warnings make it exit 1, too");
  command.add_option("-o,--output", options->format, "Format")
      ->check(CLI::IsMember({"text", "json", "yaml"}))
      ->capture_default_str();
  command.callback([options, &run] { run = [options] { return validate(*options); }; });
}

}  // namespace sluice::ctl
