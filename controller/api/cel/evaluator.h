// Walks a rule's tree.
#pragma once

#include <vector>

#include "controller/api/cel/node.h"

namespace sluice::api::cel {

class Evaluator {
 public:
  /// variables  by slot; budget  steps that may be taken, counted down.
  Evaluator(std::vector<Value> variables, std::size_t& budget) : variables_(std::move(variables)), budget_(budget) {}

  /// The node's value, which lives as long as this evaluator and what its variables borrow; or CEL's error.
  Result value(const Node& node);

 private:
  bool spend(std::size_t steps);
  Result select(const Node& node);
  Result index(const Node& node);
  Result list(const Node& node);
  Result logic(const Node& node);
  Result compare(const Node& node);
  Result compute(const Node& node);
  Result call(const Node& node);
  Result comprehension(const Node& node);
  Result quantify(const Node& node, const Value& range);
  Result filter(const Node& node, const Value& range);

  std::vector<Value> variables_;
  std::size_t& budget_;
  Arena arena_;
};

}  // namespace sluice::api::cel
