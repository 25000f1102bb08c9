// The hostnames of one HTTP or HTTPS listener, each with its ranked rules.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/compile/backend.h"

namespace sluice::compile {

/// Which routes stand under which hostname of a listener; rebuilds only the hostnames that a change reaches.
class HttpTable {
 public:
  /// path  the listener's (names.h); the table's resources are "http/" + path and "host/" + path + "/" + hostname.
  HttpTable(std::string path, std::string listener_hostname)
      : path_(std::move(path)), listener_hostname_(std::move(listener_hostname)) {}

  [[nodiscard]] const std::string& listener_hostname() const { return listener_hostname_; }

  /// Where the route hangs now (hostnames intersected with the listener's; empty: nowhere).
  /// changed  its rules are to be compiled again even where its hostnames are as before.
  void set_route(const api::ObjectRef& route, const std::vector<std::string>& hostnames, bool changed);

  [[nodiscard]] const std::map<api::ObjectRef, std::vector<std::string>>& routes() const { return hostnames_; }

  void flush(const attach::Graph& graph, BackendRegistry& backends, ResourceSet& resources);

  /// Takes its resources away; the table is then empty.
  void clear(BackendRegistry& backends, ResourceSet& resources);

 private:
  struct Host {
    std::set<api::ObjectRef> routes;
    std::string next;  ///< hostname of the next bucket; meaningful where has_next
    bool has_next = false;
    bool linked = false;  ///< next has been looked for since the host came
  };

  /// The longest hostname of the table that is wider than `hostname`; nullptr where there is none.
  [[nodiscard]] const std::string* next_of(const std::string& hostname) const;
  void build_host(const std::string& hostname, const attach::Graph& graph, BackendRegistry& backends,
                  ResourceSet& resources) const;
  void drop_host(const std::string& hostname, BackendRegistry& backends, ResourceSet& resources) const;
  /// Takes hosts without routes away. True when a wildcard, or "", came or went.
  bool settle_hosts(BackendRegistry& backends, ResourceSet& resources);
  void link_host(const std::string& hostname, Host& host);
  void put_table(ResourceSet& resources) const;

  std::string path_;
  std::string listener_hostname_;
  std::map<std::string, Host> hosts_;
  std::map<api::ObjectRef, std::vector<std::string>> hostnames_;
  std::set<std::string> dirty_;
  bool hosts_changed_ = true;
};

}  // namespace sluice::compile
