#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "controller/status/status.h"
#include "tools/sluicectl/command.h"
#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/node.h"
#include "tools/sluicectl/object_filter.h"
#include "tools/sluicectl/status_table.h"
#include "tools/sluicectl/yaml.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

struct Options {
  Source source;
  ObjectFilter filter;
  std::string format = "table";
  bool no_headers = false;
};

std::string printed(const json::object& list, const Options& options) {
  if (options.format == "json") return indented(list);
  if (options.format == "yaml") return yaml_of(list);
  if (options.format == "name") return object_names(list);
  return status_tables(
      list,
      {.wide = options.format == "wide", .head = !options.no_headers, .namespaces = options.filter.namespace_.empty()});
}

int status(const Options& options) {
  auto list = load_status(options.source, "nothing was shown");
  if (!list) return list.error();
  const auto found = filtered(std::move(*list), options.filter);
  if (!found) return usage_error(found.error());
  const std::string text = printed(found->list, options);
  std::fwrite(text.data(), 1, text.size(), stdout);
  for (const auto& name : found->absent) fmt::print(stderr, "{}: there is none\n", name);
  if (!found->absent.empty()) return kFindings;
  if (text.empty()) fmt::print(stderr, "No objects found\n");
  return kFine;
}

}  // namespace

void add_status(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto& command = add_command(
      app, "status",
      "Shows Gateways, listeners and routes with their conditions, of a running node or of a folder of manifests.",
      {.usage = "[KIND[/NAME]...] [-f DIR | --socket PATH] [-n NAMESPACE] [-l SELECTOR] [-o table|wide|json|yaml|name]",
       .footer =
           "Of a folder Programmed is Unknown: no node was asked.\n"
           "Example: sluicectl status httproutes -n shop -o wide\n"
           "         sluicectl status gateway/main -f manifests/ -o yaml\n"
           "Exit: 0 shown, 1 the manifests have errors or an object that was named is not there, 2 wrong usage or node "
           "not reached"});
  add_filter_options(command, options->filter);
  add_source_options(command, options->source);
  command.add_option("-o,--output", options->format, "Format; wide says what is wrong, json and yaml are the objects")
      ->check(CLI::IsMember({"table", "wide", "json", "yaml", "name"}))
      ->capture_default_str();
  command.add_flag("--no-headers", options->no_headers, "Tables without their heads");
  command.callback([options, &run] { run = [options] { return status(*options); }; });
}

}  // namespace sluice::ctl
