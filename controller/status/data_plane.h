// What the data plane says of a graph: the only thing that Programmed is made from, beside the graph itself.
#pragma once

#include <map>
#include <string>

#include "controller/api/meta.h"

namespace sluice::status {

struct DataPlane {
  enum class State {
    NotKnown,     ///< nobody was asked (a folder without a node): Programmed is Unknown/Pending
    Pending,      ///< asked, not all have it yet: False/Pending
    Programmed,   ///< in force wherever it must be, but for what is refused
    NoResources,  ///< no node is there to serve: False/NoResources
  };
  State state = State::NotKnown;
  /// For a person; replaces the standard message of that state ("waiting for nodes a, b"). May be empty.
  std::string message;
  /// Gateways that are not in force on every node yet, though others are -> for a person ("waiting for nodes a, b"):
  /// False/Pending, and so are their listeners and ListenerSets. For State::Programmed alone; the other states are
  /// everybody's.
  std::map<api::ObjectRef, std::string> pending = {};
  /// Resources of the model that could not be put in force: name (include/sluice/model.proto) -> why. Names that carry
  /// a listener (frontend/, l4/, sni/, http/, host/) make that listener's Programmed False; for others (backend/,
  /// endpoints/, key/) the caller adds the frontends that reach them (model::Store::frontends_of).
  std::map<std::string, std::string> refused;
};

}  // namespace sluice::status
