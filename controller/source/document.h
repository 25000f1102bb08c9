// One document of a manifest: from a YAML tree to typed objects.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "controller/api/schema/admission.h"
#include "controller/source/manifest.h"
#include "controller/source/yaml.h"

namespace sluice::source {

/// Appends to a manifest what documents hold. Borrows all that it is given.
class DocumentReader {
 public:
  DocumentReader(const std::string& file, const api::Catalog& catalog, api::Channel channel, Manifest& out)
      : file_(file), catalog_(catalog), channel_(channel), out_(out) {}

  /// budget  values that may still be made of the file's nodes (controller/source/yaml_value.h).
  void read(const YamlNode& root, std::size_t& budget);

 private:
  /// An object on its way: where it stands, and what it is called as far as that can be read.
  struct Subject {
    const YamlNode& root;
    std::string name;
  };

  void read_value(const YamlNode& root, boost::json::value& value);
  void read_list(const YamlNode& root, boost::json::object& list);
  void read_object(const YamlNode& root, boost::json::object& object);
  void admit(const Subject& subject, const api::KindSchema& kind, const api::VersionSchema& version,
             boost::json::object& object);
  void keep(const Subject& subject, const api::KindSchema& kind, const api::VersionSchema& version,
            boost::json::object& object);
  template <class T>
  void keep_typed(const Subject& subject, const boost::json::object& object, ManifestObject& out);
  void refuse_kind(const Subject& subject, const std::string& group, const std::string& kind);
  void refuse_version(const Subject& subject, const api::KindSchema& kind, const std::string& version);

  void error(const Subject& subject, const api::FieldPath& field, std::string what);
  void error(const Subject& subject, std::string_view field, std::string what);
  void notice(const Subject& subject, std::string what);

  const std::string& file_;
  const api::Catalog& catalog_;
  api::Channel channel_;
  Manifest& out_;
};

}  // namespace sluice::source
