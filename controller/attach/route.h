// The five kinds of route under one roof: what attachment reads of them, and their results.
#pragma once

#include "controller/attach/facts.h"

namespace sluice::attach {

using RoutePtr = decltype(RouteResult::route);

bool is_route(std::string_view kind);

/// nullopt: there is no such object.
std::optional<RoutePtr> find_route(const api::ObjectSet& objects, const api::ObjectRef& ref);

const api::ObjectMeta& metadata_of(const RoutePtr& route);
std::span<const api::ParentReference> parent_refs_of(const RoutePtr& route);
/// As written; none for the kinds without hostnames.
std::span<const std::string> hostnames_of(const RoutePtr& route);
std::size_t rule_count(const RoutePtr& route);
/// spec.useDefaultGateways is All.
bool uses_default_gateways(const RoutePtr& route);

/// Pure: the route, its parents' facts, and the objects that it refers to.
RouteResult attach_route(const World& world, const Facts& facts, const api::ObjectRef& ref, RoutePtr route);

/// Everything that attach_route() depends on: parents (their ListenerSets' Gateways apart), Services, grants, its
/// Namespace.
std::vector<api::ObjectRef> dependencies(const api::ObjectRef& ref, const RoutePtr& route);

}  // namespace sluice::attach
