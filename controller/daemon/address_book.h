// The addresses of a cluster as they stand: asks the pure rules of controller/address, and knows between two times what
// has been given, where a new leader finds it, and who serves what.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <boost/json/object.hpp>

#include "controller/address/assign.h"
#include "controller/address/resources.h"
#include "controller/attach/attach.h"
#include "controller/lease/node_leases.h"
#include "controller/source/kubernetes/status_record.h"

namespace sluice::daemon {

/// Of a Gateway; null: the API server has none.
using RecordOf = std::function<std::shared_ptr<const kubernetes::StatusRecord>(const api::ObjectRef&)>;

/// The nodes as a leader hears them.
struct Hearing {
  std::set<std::string> connected;
  std::set<std::string> absent;  ///< neither that, nor for long
};

/// One thread.
class AddressBook {
 public:
  explicit AddressBook(attach::AttachOptions options) : options_(std::move(options)) {}

  /// A leader goes by what it gave, ahead of what it has written of it; who follows, by what it reads alone.
  void lead(bool leads) { leads_ = leads; }

  /// Who gets which address now.
  const address::Assignment& assign(const api::ObjectSet& objects, const RecordOf& record_of,
                                    const lease::NodeLives& lives);

  /// The resources for the addresses of the graph's accepted Gateways and for the nodes, as of the last assign().
  /// hearing: nullopt: it is not known whether nodes would hear of it now.
  const std::vector<model::v1::Resource>& resources(const api::ObjectSet& objects, const attach::Graph& graph,
                                                    const lease::NodeLives& lives,
                                                    const std::optional<Hearing>& hearing);

  /// Whether the last resources() were of the addresses that the graph's accepted Gateways have now.
  [[nodiscard]] bool covers(const attach::Graph& graph) const;

  /// As of the last resources().
  [[nodiscard]] const std::vector<model::v1::Resource>& resources() const { return resources_; }
  [[nodiscard]] const address::Assignment& assignment() const { return assignment_; }
  [[nodiscard]] const address::Owners& owners() const { return owners_; }

 private:
  [[nodiscard]] address::Claims claims(const api::ObjectSet& objects, const RecordOf& record_of,
                                       const lease::NodeLives& lives) const;
  [[nodiscard]] address::Owners owners_so_far(const lease::NodeLives& lives) const;

  attach::AttachOptions options_;
  bool leads_ = false;
  address::Assignment assignment_;
  address::Owners owners_;
  std::vector<model::v1::Resource> resources_;
};

/// The nodes that serve a Gateway: those that its SluiceParameters select; nullopt: all.
std::optional<std::set<std::string>> serving_nodes(const api::ObjectSet& objects, const api::Gateway& gateway);

/// status.addresses of type IPAddress of a Gateway's status as it was read.
std::vector<std::string> status_addresses(const std::string& status_json);

/// An AddressPool's status.
boost::json::object status_of(const address::PoolUse& use, std::int64_t generation);

}  // namespace sluice::daemon
