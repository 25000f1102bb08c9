#include "tools/sluicectl/folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "controller/source/directory.h"

namespace sluice::ctl {
namespace {

/// What the API's own message leaves the reader to find out.
std::string hint_for(const source::SourceError& error) {
  if (error.what.find("tls mode must be Terminate for protocol HTTPS") == std::string::npos) return {};
  return "  hint: a listener that passes TLS through has protocol TLS, not HTTPS";
}

}  // namespace

std::optional<std::string> missing(const FolderOptions& options) {
  std::error_code error;
  if (std::filesystem::exists(options.path, error)) return std::nullopt;
  return options.path + ": " + (error ? error.message() : "no such folder or file");
}

Folder read_folder(const FolderOptions& options) {
  Folder folder;
  const auto channel = api::parse_channel(options.channel).value_or(api::Channel::kExperimental);
  auto loaded = source::load(options.path, channel);
  folder.errors = std::move(loaded.errors);
  folder.notices = std::move(loaded.notices);
  if (!folder.ok()) return folder;
  folder.objects = std::move(loaded.objects);

  std::vector<std::string> addresses = options.addresses;
  std::ranges::sort(addresses);
  addresses.erase(std::ranges::unique(addresses).begin(), addresses.end());
  const auto made =
      std::make_shared<pipeline::Pipeline>(attach::AttachOptions{.default_addresses = std::move(addresses)});
  made->update(folder.objects, {});
  folder.model = made->model();
  folder.pipeline = made;
  return folder;
}

void print_errors(const Folder& folder, const std::string& then) {
  for (const auto& error : folder.errors) {
    fmt::print(stderr, "{}\n", source::to_string(error));
    if (const auto hint = hint_for(error); !hint.empty()) fmt::print(stderr, "{}\n", hint);
  }
  const auto count = folder.errors.size();
  fmt::print(stderr, "{} error{}{}\n", count, count == 1 ? "" : "s", then.empty() ? "" : "; " + then);
}

}  // namespace sluice::ctl
