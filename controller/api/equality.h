// Whether two objects of a kind say the same.
#pragma once

#include "controller/api/kinds.h"

namespace sluice::api {

/// Member by member, metadata included. For the kinds of ObjectSet.
template <class T>
bool same(const T& a, const T& b);

}  // namespace sluice::api
