#include "controller/attach/attach.h"

#include "controller/attach/round.h"

namespace sluice::attach {

struct Attacher::State : AttachState {};

Attacher::Attacher(AttachOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Attacher::~Attacher() = default;

GraphDelta Attacher::update(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed) {
  Round round{.state = *state_, .world = {objects, state_->options, state_->certificates}};
  note_changes(round, changed);
  update_gateway_classes(round);
  update_facts(round);
  update_routes(round);
  update_listeners(round);
  update_policies(round);
  return std::move(round.delta);
}

const Graph& Attacher::graph() const {
  return state_->graph;
}

}  // namespace sluice::attach
