#include "controller/source/kubernetes/kubeconfig.h"

#include <array>
#include <boost/json.hpp>
#include <optional>

#include "controller/api/base64.h"
#include "controller/source/manifest_file.h"
#include "controller/source/yaml_value.h"

namespace sluice::kubernetes {
namespace {

namespace json = boost::json;
using source::SourceError;

/// Of a user, that would need what Sluice does not have.
constexpr std::array<std::string_view, 7> kRefusedOfUser{"auth-provider", "username",  "password",     "as",
                                                         "as-uid",        "as-groups", "as-user-extra"};

/// Part of the file: an object, and the way to it. Null where it is absent.
struct Section {
  const json::object* fields = nullptr;
  api::FieldPath path;
};

/// The first error sticks; what is read after it does not matter.
class Reader {
 public:
  Reader(std::string file, const source::YamlNode& root, const json::object& fields)
      : file_(std::move(file)), root_(root), fields_(fields) {}

  std::expected<Cluster, SourceError> read(const std::string& context_name);

 private:
  void refuse(const api::FieldPath& field, std::string what) {
    if (!error_) {
      error_ = SourceError{
          .file = file_, .line = source::line_of(root_, field), .object = {}, .field = field.str(), .what = what};
    }
  }
  static api::FieldPath below(const Section& section, std::string_view name) {
    api::FieldPath path = section.path;
    path.push(name);
    return path;
  }
  static const json::value* find(const Section& section, std::string_view name) {
    const json::value* value = section.fields != nullptr ? section.fields->if_contains(name) : nullptr;
    return value != nullptr && !value->is_null() ? value : nullptr;
  }

  std::string text(const Section& section, std::string_view name);
  bool flag(const Section& section, std::string_view name);
  std::string path(const Section& section, std::string_view name);
  Section section(const Section& of, std::string_view name);
  Section named(std::string_view list, std::string_view inner, const std::string& name, const api::FieldPath& named_by);
  Pem pem(const Section& section, const std::string& name);
  void read_cluster(const Section& section, Cluster& out);
  void read_user(const Section& section, Cluster& out);
  void read_client_certificate(const Section& section, Cluster& out);
  std::string checked_text(const Section& section, const std::string& name, const Pem& pem);
  /// The field that a Pem was read from.
  api::FieldPath place(const Section& section, const std::string& name, const Pem& pem) const {
    return below(section, pem.text.empty() ? name : name + "-data");
  }

  std::string file_;
  const source::YamlNode& root_;
  const json::object& fields_;
  std::optional<SourceError> error_;
};

std::string Reader::text(const Section& section, std::string_view name) {
  const json::value* value = find(section, name);
  if (value == nullptr) return {};
  if (const json::string* found = value->if_string()) return std::string(*found);
  refuse(below(section, name), "must be text (in quotes where it reads as something else)");
  return {};
}

bool Reader::flag(const Section& section, std::string_view name) {
  const json::value* value = find(section, name);
  if (value == nullptr) return false;
  if (const bool* found = value->if_bool()) return *found;
  refuse(below(section, name), "must be true or false");
  return false;
}

std::string Reader::path(const Section& section, std::string_view name) {
  const std::string found = text(section, name);
  return found.empty() ? found : (std::filesystem::path(file_).parent_path() / found).string();
}

Section Reader::section(const Section& of, std::string_view name) {
  Section out{nullptr, below(of, name)};
  const json::value* value = find(of, name);
  if (value == nullptr) return out;
  out.fields = value->if_object();
  if (out.fields == nullptr) refuse(out.path, "must be an object");
  return out;
}

/// The entry of a list of {name: …, INNER: {…}}.
Section Reader::named(std::string_view list, std::string_view inner, const std::string& name,
                      const api::FieldPath& named_by) {
  const Section top{&fields_, {}};
  const json::value* value = find(top, list);
  const json::array* entries = value != nullptr ? value->if_array() : nullptr;
  if (value != nullptr && entries == nullptr) refuse(below(top, list), "must be a list");
  for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
    Section entry{(*entries)[i].if_object(), below(top, list)};
    entry.path.push(i);
    if (text(entry, "name") == name) return section(entry, inner);
  }
  refuse(named_by, "\"" + name + "\"; there is no such entry in " + std::string(list));
  return {};
}

Pem Reader::pem(const Section& section, const std::string& name) {
  Pem out;
  const std::string data = text(section, name + "-data");
  if (data.empty()) {
    out.file = path(section, name);
    return out;
  }
  auto decoded = api::decode_base64(data);
  if (!decoded || decoded->empty()) {
    refuse(below(section, name + "-data"), "must be base64");
  } else {
    out.text = std::move(*decoded);
  }
  return out;
}

std::string Reader::checked_text(const Section& section, const std::string& name, const Pem& pem) {
  auto text = kubernetes::read(pem);
  if (!text) refuse(place(section, name, pem), text.error());
  return text ? *std::move(text) : std::string();
}

void Reader::read_cluster(const Section& section, Cluster& out) {
  const std::string server = text(section, "server");
  auto url = parse_server_url(server);
  if (!url) refuse(below(section, "server"), server.empty() ? "is required" : url.error());
  if (url) out.server = *std::move(url);
  if (find(section, "proxy-url") != nullptr) {
    refuse(below(section, "proxy-url"), "proxies are not supported; reach the API server directly");
  }
  out.tls_server_name = text(section, "tls-server-name");
  out.insecure_skip_tls_verify = flag(section, "insecure-skip-tls-verify");
  const std::string name = "certificate-authority";
  out.certificate_authority = pem(section, name);
  if (out.certificate_authority.empty()) return;
  const auto field = place(section, name, out.certificate_authority);
  if (out.insecure_skip_tls_verify) refuse(field, "and insecure-skip-tls-verify exclude each other; drop one");
  const auto checked = check_certificates(checked_text(section, name, out.certificate_authority));
  if (!checked) refuse(field, checked.error());
}

void Reader::read_client_certificate(const Section& section, Cluster& out) {
  const std::string certificate = "client-certificate";
  const std::string key = "client-key";
  out.client_certificate = pem(section, certificate);
  out.client_key = pem(section, key);
  if (out.client_certificate.empty() != out.client_key.empty()) {
    refuse(section.path, out.client_key.empty() ? "has a client-certificate without a client-key"
                                                : "has a client-key without a client-certificate");
  }
  if (out.client_certificate.empty() || out.client_key.empty()) return;
  const std::string chain = checked_text(section, certificate, out.client_certificate);
  const std::string own = checked_text(section, key, out.client_key);
  const auto readable = check_certificates(chain);
  if (!readable) refuse(place(section, certificate, out.client_certificate), readable.error());
  const auto fits = check_key(chain, own);
  if (!fits) refuse(place(section, key, out.client_key), fits.error());
}

void Reader::read_user(const Section& section, Cluster& out) {
  if (find(section, "exec") != nullptr) {
    const Section plugin = this->section(section, "exec");
    refuse(below(plugin, "command"), "\"" + text(plugin, "command") +
                                         "\" is a credential plugin, which Sluice does not run; use a token, "
                                         "tokenFile or client certificate");
  }
  for (const std::string_view name : kRefusedOfUser) {
    if (find(section, name) == nullptr) continue;
    refuse(below(section, name), "is not supported; use a token, tokenFile or client certificate");
  }
  read_client_certificate(section, out);
  out.token = text(section, "token");
  out.token_file = path(section, "tokenFile");
}

std::expected<Cluster, SourceError> Reader::read(const std::string& context_name) {
  const Section top{&fields_, {}};
  if (const std::string kind = text(top, "kind"); !kind.empty() && kind != "Config") {
    refuse(below(top, "kind"), "\"" + kind + "\"; a kubeconfig is of kind Config");
  }
  const api::FieldPath current = below(top, "current-context");
  const std::string name = context_name.empty() ? text(top, "current-context") : context_name;
  if (name.empty()) refuse(current, "is required where no context is chosen");
  Cluster out;
  const Section context = named("contexts", "context", name, context_name.empty() ? current : api::FieldPath());
  if (!error_) read_cluster(named("clusters", "cluster", text(context, "cluster"), below(context, "cluster")), out);
  if (const std::string user = text(context, "user"); !error_ && !user.empty()) {
    read_user(named("users", "user", user, below(context, "user")), out);
  }
  if (std::string space = text(context, "namespace"); !space.empty()) out.namespace_ = std::move(space);
  if (error_) return std::unexpected(*std::move(error_));
  return out;
}

SourceError error_of(const std::string& file, unsigned line, std::string what) {
  return {.file = file, .line = line, .object = {}, .field = {}, .what = std::move(what)};
}

}  // namespace

std::expected<Cluster, SourceError> read_kubeconfig(const std::filesystem::path& file, const std::string& context) {
  const auto text = source::read_file(file.string());
  if (!text) return std::unexpected(error_of(file, 0, text.error()));
  if (!*text) return std::unexpected(error_of(file, 0, "there is no such file"));
  source::YamlReader documents((*text)->text);
  const auto root = documents.next();
  if (!root) return std::unexpected(error_of(file, root.error().line, root.error().what));
  if (*root == nullptr) return std::unexpected(error_of(file, 0, "is empty"));
  std::size_t budget = documents.size() + (*text)->text.size() / source::kBytesAValue + source::kMaxYamlNodes;
  std::vector<source::ValueError> defects;
  const json::value value = source::to_value(**root, budget, defects);
  if (!defects.empty()) {
    auto error = error_of(file, defects.front().line, defects.front().what);
    error.field = defects.front().field.str();
    return std::unexpected(std::move(error));
  }
  if (!value.is_object())
    return std::unexpected(error_of(file, (*root)->line, "is no kubeconfig: an object is wanted"));
  return Reader(file.string(), **root, value.get_object()).read(context);
}

}  // namespace sluice::kubernetes
