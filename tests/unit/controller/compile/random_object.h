// Objects of every kind at random, from pools so small that they meet: references resolve, conflict, lack a grant, name
// what is not there.
#pragma once

#include "controller/api/kinds.h"
#include "tests/unit/controller/compile/genes.h"

namespace sluice::compile {

/// Where objects of a kind live.
const std::vector<std::string>& random_namespaces();
const std::vector<std::string>& random_names();

/// The object without its name, from the beginning of its genes; as a source would deliver it, so defaulted and valid.
template <class T>
T random_object(Genes& genes);

}  // namespace sluice::compile
