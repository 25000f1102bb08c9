// ReferenceGrant and BackendTLSPolicy of gateway.networking.k8s.io (Gateway API v1.7.0).
#pragma once

#include "controller/api/meta.h"

namespace sluice::api {

struct ReferenceGrantFrom {
  std::string group;
  std::string kind;
  std::string namespace_;
};
BOOST_DESCRIBE_STRUCT(ReferenceGrantFrom, (), (group, kind, namespace_))

struct ReferenceGrantTo {
  std::string group;
  std::string kind;
  std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(ReferenceGrantTo, (), (group, kind, name))

struct ReferenceGrantSpec {
  std::vector<ReferenceGrantFrom> from;
  std::vector<ReferenceGrantTo> to;
};
BOOST_DESCRIBE_STRUCT(ReferenceGrantSpec, (), (from, to))

struct ReferenceGrant {
  static constexpr std::string_view kKind = "ReferenceGrant";
  ObjectMeta metadata;
  ReferenceGrantSpec spec;
};
BOOST_DESCRIBE_STRUCT(ReferenceGrant, (), (metadata, spec))

struct PolicyTargetReference {
  std::string group;
  std::string kind;
  std::string name;
  std::optional<std::string> section_name;
};
BOOST_DESCRIBE_STRUCT(PolicyTargetReference, (), (group, kind, name, section_name))

struct SubjectAltName {
  std::string type;
  std::string hostname;
  std::string uri;
};
BOOST_DESCRIBE_STRUCT(SubjectAltName, (), (type, hostname, uri))

struct BackendTlsValidation {
  std::vector<LocalObjectReference> ca_certificate_refs;
  std::optional<std::string> well_known_ca_certificates;  ///< JSON: wellKnownCACertificates
  std::string hostname;
  std::vector<SubjectAltName> subject_alt_names;
};
BOOST_DESCRIBE_STRUCT(BackendTlsValidation, (),
                      (ca_certificate_refs, well_known_ca_certificates, hostname, subject_alt_names))

struct BackendTlsPolicySpec {
  std::vector<PolicyTargetReference> target_refs;
  BackendTlsValidation validation;
  std::map<std::string, std::string> options;
};
BOOST_DESCRIBE_STRUCT(BackendTlsPolicySpec, (), (target_refs, validation, options))

struct BackendTlsPolicy {
  static constexpr std::string_view kKind = "BackendTLSPolicy";
  ObjectMeta metadata;
  BackendTlsPolicySpec spec;
};
BOOST_DESCRIBE_STRUCT(BackendTlsPolicy, (), (metadata, spec))

}  // namespace sluice::api
