#include "tests/unit/controller/compile/model_text.h"

#include <arpa/inet.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <map>

namespace sluice::compile {
namespace {

using model::v1::Model;

/// "RefNotPermitted" of an invalid backend; by its name.
std::map<std::string, std::string> reasons_of(const Model& model) {
  std::map<std::string, std::string> reasons;
  for (const auto& resource : model.resources()) {
    const auto& reason = resource.backend().reason();
    if (!reason.empty()) reasons[resource.name()] = reason.substr(0, reason.find(':'));
  }
  return reasons;
}

class Printer {
 public:
  Printer(const Model& model, const std::set<std::string>& kinds) : kinds_(kinds), reasons_(reasons_of(model)) {
    for (const auto& resource : model.resources()) print(resource);
  }
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  void print(const model::v1::Resource& resource) {
    const std::string name = resource.name();
    const std::string kind = name.substr(0, name.find('/'));
    if (!kinds_.contains(kind)) return;
    out_ += name.starts_with("backend/invalid/") ? "backend/invalid" : kind == "key" ? "key" : name;
    out_ += ":\n";
    if (resource.has_frontend()) frontend(resource.frontend());
    if (resource.has_l4()) l4(resource.l4());
    if (resource.has_sni()) sni(resource.sni());
    if (resource.has_host()) host(resource.host());
    if (resource.has_backend()) backend(resource.backend());
    if (resource.has_endpoints()) endpoints(resource.endpoints());
    if (resource.has_key()) line("of " + ref(resource.key().origin()));
  }

  void line(const std::string& text) { out_ += "  " + text + "\n"; }

  static std::string address(const std::string& ip, std::uint32_t port) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(ip.size() == sizeof(in_addr) ? AF_INET : AF_INET6, ip.data(), text.data(), text.size());
    const std::string host = ip.size() == sizeof(in_addr) ? text.data() : "[" + std::string(text.data()) + "]";
    return host + ":" + std::to_string(port);
  }

  static std::string ref(const model::v1::ObjectRef& ref) {
    std::string out = ref.kind() + " " + ref.namespace_() + "/" + ref.name();
    return ref.section().empty() ? out : out + " " + ref.section();
  }

  static std::string hostname(const std::string& hostname) { return hostname.empty() ? "any name" : hostname; }

  void frontend(const model::v1::Frontend& frontend) {
    std::string where;
    for (const auto& one : frontend.addresses()) where += " " + address(one.ip(), frontend.port());
    if (where.empty()) where = " no address, port " + std::to_string(frontend.port());
    line(model::v1::Protocol_Name(frontend.protocol()) + where + ", " + hostname(frontend.hostname()));
    for (const auto& parent : frontend.parents()) line("of " + ref(parent));
    if (frontend.distribution() == model::v1::Frontend::PREFER_LOCAL) line("endpoints on the node itself go first");
    if (frontend.has_tls()) line("ends TLS with " + std::to_string(frontend.tls().keys_size()) + " keys");
  }

  template <class Backends>
  std::string shares(const Backends& backends) {
    std::string out;
    for (const auto& backend : backends) {
      const auto reason = reasons_.find(backend.backend());
      out += (out.empty() ? "" : ", ") + std::to_string(backend.weight()) + " x ";
      out += reason == reasons_.end() ? backend.backend().substr(8) : "(" + reason->second + ")";
      out += filters(backend.filters());
    }
    return out.empty() ? "no backend" : out;
  }

  /// As protobuf JSON, which says all of a filter.
  template <class Filters>
  static std::string filters(const Filters& filters) {
    std::string out;
    for (const auto& filter : filters) {
      std::string json;
      (void)google::protobuf::util::MessageToJsonString(filter, &json);
      out += " " + json;
    }
    return out;
  }

  void l4(const model::v1::L4Table& table) {
    if (!table.has_route()) return line("no route");
    line(ref(table.route()) + ": " + shares(table.backends()));
    for (const auto& other : table.shadowed()) line("shadowed: " + ref(other));
  }

  void sni(const model::v1::SniTable& table) {
    for (const auto& entry : table.entries()) {
      line(std::to_string(entry.rank()) + " " + hostname(entry.hostname()) + " -> " + ref(entry.route()) + ": " +
           shares(entry.backends()));
    }
  }

  static std::string match(const model::v1::HttpMatch& match) {
    std::string out = match.has_path()
                          ? model::v1::PathMatch::Type_Name(match.path().type()) + " " + match.path().value()
                          : std::string("any path");
    if (!match.method().empty()) out += ", " + match.method();
    for (const auto& header : match.headers()) out += ", header " + header.name() + "=" + header.value();
    for (const auto& param : match.query_params()) out += ", query " + param.name() + "=" + param.value();
    if (match.has_grpc()) out += ", grpc " + match.grpc().service() + "/" + match.grpc().method();
    return out;
  }

  static std::string action_ref(const model::v1::HttpAction& action) {
    return ref(action.route()) + " rule " + std::to_string(action.rule());
  }

  void host(const model::v1::HttpHost& host) {
    for (const auto& entry : host.entries()) {
      line(std::to_string(entry.rank()) + " " + match(entry.match()) + " -> " +
           action_ref(host.actions(static_cast<int>(entry.action()))));
    }
    for (const auto& action : host.actions()) {
      std::string what = shares(action.backends()) + filters(action.filters());
      if (action.request_timeout_ms() > 0) what += ", request " + std::to_string(action.request_timeout_ms()) + " ms";
      if (action.backend_request_timeout_ms() > 0) {
        what += ", backend request " + std::to_string(action.backend_request_timeout_ms()) + " ms";
      }
      if (!action.unsupported().empty()) what += ", refused for " + action.unsupported();
      line(action_ref(action) + ": " + what);
    }
    if (!host.next().empty()) line("then " + host.next());
  }

  void backend(const model::v1::Backend& backend) {
    std::string what = backend.service().name().empty() ? "nothing" : ref(backend.service());
    what += " " + std::to_string(backend.port()) + "/" + model::v1::Protocol_Name(backend.protocol());
    if (!backend.app_protocol().empty()) what += ", " + backend.app_protocol();
    if (backend.tls_required()) what += ", never in clear";
    if (backend.state() == model::v1::Backend::INVALID) what += ", refused: " + backend.reason();
    line(what);
  }

  void endpoints(const model::v1::Endpoints& list) {
    for (const auto& endpoint : list.endpoints()) {
      line(address(endpoint.address().ip(), endpoint.port()) +
           (endpoint.state() == model::v1::Endpoint::READY ? "" : " draining") +
           (endpoint.node().empty() ? "" : " on " + endpoint.node()));
    }
    if (!list.external_name().empty()) line(list.external_name() + ":" + std::to_string(list.external_port()));
  }

  const std::set<std::string>& kinds_;
  std::map<std::string, std::string> reasons_;
  std::string out_;
};

}  // namespace

std::string model_text(const Model& model, const std::set<std::string>& kinds) {
  return Printer(model, kinds).text();
}

}  // namespace sluice::compile
