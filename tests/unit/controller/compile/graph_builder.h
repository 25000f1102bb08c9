// A graph as attach would make it, by hand: a Gateway "main" in namespace "default" and what a test hangs on it.
#pragma once

#include <string>
#include <vector>

#include "controller/compile/compile.h"

namespace sluice::compile {

struct RouteOptions {
  std::vector<std::string> hostnames = {};
  std::string created = {};
  std::string unsupported = {};
};

class GraphBuilder {
 public:
  GraphBuilder();

  api::ObjectSet objects;
  attach::Graph graph;

  attach::ListenerId listen(const std::string& name, attach::ListenerProtocol protocol, std::int32_t port,
                            const std::string& hostname = {});
  /// A Service with one unnamed port 80 and one EndpointSlice of `addresses`, port 8080.
  void service(const std::string& name, const std::vector<std::string>& addresses);
  /// A route with one rule to Service `backend`; hangs on the listener with its hostnames.
  api::ObjectRef http(const std::string& name, const attach::ListenerId& listener, const std::string& backend,
                      std::vector<api::HttpRouteMatch> matches, const RouteOptions& options = {});
  api::ObjectRef tcp(const std::string& name, const attach::ListenerId& listener, const std::string& backend,
                     const RouteOptions& options = {});
  api::ObjectRef tls(const std::string& name, const attach::ListenerId& listener, const std::string& backend,
                     const RouteOptions& options = {});

  /// The model of the whole, made from scratch.
  [[nodiscard]] model::v1::Model compile() const;

 private:
  void hang(attach::RouteResult route, const attach::ListenerId& listener, const std::string& backend,
            const RouteOptions& options);
};

/// The resource of that name; a default one, and a failed expectation, where there is none.
const model::v1::Resource& resource(const model::v1::Model& model, const std::string& name);

api::HttpRouteMatch path_match(const std::string& type, const std::string& value);

}  // namespace sluice::compile
