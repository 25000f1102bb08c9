// Conditions as values. Type and reason are different enums, so that they cannot change places; enumerators are the
// Gateway API's own words (v1.7.0, apis/v1: *Condition*, *Reason* constants).
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "controller/api/meta.h"

namespace sluice::attach {

enum class ConditionType {
  Accepted,
  AddressesAssigned,
  Conflicted,
  InsecureFrontendValidationMode,
  OverlappingTLSConfig,
  PartiallyInvalid,
  Programmed,
  ResolvedRefs,
  SupportedVersion,
};
BOOST_DESCRIBE_ENUM(ConditionType, Accepted, AddressesAssigned, Conflicted, InsecureFrontendValidationMode,
                    OverlappingTLSConfig, PartiallyInvalid, Programmed, ResolvedRefs, SupportedVersion)

enum class ConditionReason {
  Accepted,
  AddressNotAssigned,
  AddressNotUsable,
  AddressesAssigned,
  BackendNotFound,
  ConfigurationChanged,
  Conflicted,
  HostnameConflict,
  IncompatibleFilters,
  Invalid,
  InvalidCACertificateKind,
  InvalidCACertificateRef,
  InvalidCertificateRef,
  InvalidClientCertificateRef,
  InvalidKind,
  InvalidListenerFilterOrder,
  InvalidParameters,
  InvalidRouteKinds,
  ListenerConflict,
  ListenersNotResolved,
  ListenersNotValid,
  NoConflicts,
  NoMatchingListenerHostname,
  NoMatchingParent,
  NoResources,
  NoValidCACertificate,
  NotAllowed,
  NotAllowedByListeners,
  NotAssigned,
  OverlappingCertificates,
  OverlappingHostnames,
  ParentNotAccepted,
  ParentNotProgrammed,
  PartiallyAssigned,
  Pending,
  PortUnavailable,
  Programmed,
  ProtocolConflict,
  RefNotPermitted,
  ResolvedRefs,
  SupportedVersion,
  TargetNotFound,
  UnsupportedAddress,
  UnsupportedProtocol,
  UnsupportedValue,
  UnsupportedVersion,
};
BOOST_DESCRIBE_ENUM(ConditionReason, Accepted, AddressNotAssigned, AddressNotUsable, AddressesAssigned, BackendNotFound,
                    ConfigurationChanged, Conflicted, HostnameConflict, IncompatibleFilters, Invalid,
                    InvalidCACertificateKind, InvalidCACertificateRef, InvalidCertificateRef,
                    InvalidClientCertificateRef, InvalidKind, InvalidListenerFilterOrder, InvalidParameters,
                    InvalidRouteKinds, ListenerConflict, ListenersNotResolved, ListenersNotValid, NoConflicts,
                    NoMatchingListenerHostname, NoMatchingParent, NoResources, NoValidCACertificate, NotAllowed,
                    NotAllowedByListeners, NotAssigned, OverlappingCertificates, OverlappingHostnames,
                    ParentNotAccepted, ParentNotProgrammed, PartiallyAssigned, Pending, PortUnavailable, Programmed,
                    ProtocolConflict, RefNotPermitted, ResolvedRefs, SupportedVersion, TargetNotFound,
                    UnsupportedAddress, UnsupportedProtocol, UnsupportedValue, UnsupportedVersion)

enum class ConditionStatus { False, True, Unknown };
BOOST_DESCRIBE_ENUM(ConditionStatus, False, True, Unknown)

struct Condition {
  ConditionType type;
  ConditionStatus status;
  ConditionReason reason;
  std::string message;  ///< for a person: names the field and what is there
  bool operator==(const Condition&) const = default;
};

/// Sorted by type; a type stands once.
using Conditions = std::vector<Condition>;

/// Puts `condition` in its place; an earlier one of its type goes.
void set_condition(Conditions& conditions, Condition condition);

/// nullptr: not there.
const Condition* find_condition(const Conditions& conditions, ConditionType type);

bool is_true(const Conditions& conditions, ConditionType type);

/// Why a reference or a field was refused; becomes a condition. Built where it is found and passed up unchanged.
struct Refusal {
  api::ObjectRef object;
  std::string field;  ///< from the object's root: spec.rules[0].backendRefs[0].port
  ConditionReason reason;
  std::string found;  ///< "5433; Service shop/pg has 5432": what is there and what would do
  bool operator==(const Refusal&) const = default;
};

/// The condition that says why: False, with the field and what was found there.
Condition refused(ConditionType type, const Refusal& refusal);

/// The same for several: the first one's reason, each one's message.
Condition refused(ConditionType type, const std::vector<Refusal>& refusals);

}  // namespace sluice::attach
