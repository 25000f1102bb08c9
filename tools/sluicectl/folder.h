// A folder of manifests taken through the whole pipeline, as sluiced --manifests takes it: source, attach, compile.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/api/channel.h"
#include "controller/pipeline/pipeline.h"
#include "controller/source/result.h"
#include "sluice/model.pb.h"

namespace sluice::ctl {

struct FolderOptions {
  std::string path;
  std::string channel = "experimental";
  std::vector<std::string> addresses;  ///< for Gateways that name none
};

/// Errors: objects, graph and model are empty; the folder would be refused.
struct Folder {
  std::vector<source::SourceError> errors;
  std::vector<source::Notice> notices;
  std::shared_ptr<const api::ObjectSet> objects;
  std::shared_ptr<const pipeline::Pipeline> pipeline;
  model::v1::Model model;

  [[nodiscard]] bool ok() const { return errors.empty(); }
};

/// What is wrong with the path itself (usage, not manifests): there is nothing.
std::optional<std::string> missing(const FolderOptions& options);

Folder read_folder(const FolderOptions& options);

/// Prints the errors, one a line, to stderr; `then` says what stays as it was.
void print_errors(const Folder& folder, const std::string& then);

}  // namespace sluice::ctl
