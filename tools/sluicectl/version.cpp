#include "sluice/version.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "tools/sluicectl/command.h"
#include "tools/sluicectl/json_view.h"

namespace sluice::ctl {

void add_version(CLI::App& app, Run& run) {
  const auto format = std::make_shared<std::string>("text");
  auto& command = add_command(app, "version", "Prints the version of sluicectl and of the Gateway API that it knows.",
                              {.usage = "[-o text|json]", .footer = "Example: sluicectl version\nExit: 0"});
  command.add_option("-o,--output", *format, "Format")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  command.callback([format, &run] {
    run = [format] {
      if (*format == "json") {
        fmt::print("{}", indented(boost::json::object{{"version", kVersion}, {"gatewayAPI", kGatewayApiVersion}}));
      } else {
        fmt::print("sluicectl {}, Gateway API {} (experimental and standard channel)\n", kVersion, kGatewayApiVersion);
      }
      return kFine;
    };
  });
}

}  // namespace sluice::ctl
