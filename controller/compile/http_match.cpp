#include "controller/compile/http_match.h"

#include <algorithm>

#include "controller/compile/route_spec.h"

namespace sluice::compile {
namespace {

using Values = google::protobuf::RepeatedPtrField<model::v1::ValueMatch>;

/// Of entries with an equivalent name only the first is considered (HTTPHeaderMatch.name, HTTPQueryParamMatch.name).
void add_value(const api::ValueMatch& in, std::string name, Values& out) {
  if (std::ranges::any_of(out, [&](const auto& present) { return present.name() == name; })) return;
  auto& added = *out.Add();
  added.set_type(in.type == "RegularExpression" ? model::v1::ValueMatch::REGULAR_EXPRESSION
                                                : model::v1::ValueMatch::EXACT);
  added.set_name(std::move(name));
  added.set_value(in.value);
}

void compile_path(const api::HttpPathMatch& in, CompiledMatch& out) {
  auto& path = *out.match.mutable_path();
  std::string value = in.value;
  if (in.type == "Exact") {
    path.set_type(model::v1::PathMatch::EXACT);
    out.weight.path_class = PathClass::Exact;
  } else if (in.type == "RegularExpression") {
    path.set_type(model::v1::PathMatch::REGULAR_EXPRESSION);
    out.weight.path_class = PathClass::RegularExpression;
  } else {
    path.set_type(model::v1::PathMatch::PREFIX);
    while (value.size() > 1 && value.ends_with('/')) value.pop_back();
  }
  out.weight.path_length = value.size();
  path.set_value(std::move(value));
}

void compile_headers(const std::vector<api::ValueMatch>& headers, CompiledMatch& out) {
  for (const auto& header : headers) add_value(header, lower_case(header.name), *out.match.mutable_headers());
  out.weight.headers = static_cast<std::size_t>(out.match.headers_size());
}

}  // namespace

CompiledMatch compile_match(const api::HttpRouteMatch& match) {
  CompiledMatch out;
  compile_path(match.path.value_or(api::HttpPathMatch{}), out);
  compile_headers(match.headers, out);
  for (const auto& param : match.query_params) add_value(param, param.name, *out.match.mutable_query_params());
  out.weight.query_params = static_cast<std::size_t>(out.match.query_params_size());
  out.match.set_method(match.method.value_or(""));
  out.weight.method = match.method.has_value();
  return out;
}

CompiledMatch compile_match(const api::GrpcRouteMatch& match) {
  CompiledMatch out;
  auto& grpc = *out.match.mutable_grpc();
  if (match.method) {
    grpc.set_type(match.method->type == "RegularExpression" ? model::v1::GrpcMethodMatch::REGULAR_EXPRESSION
                                                            : model::v1::GrpcMethodMatch::EXACT);
    grpc.set_service(match.method->service.value_or(""));
    grpc.set_method(match.method->method.value_or(""));
    out.weight.path_class = PathClass::GrpcMethod;
    out.weight.path_length = grpc.service().size();
    out.weight.grpc_method_length = grpc.method().size();
  } else {
    // All calls: as precise as an HTTPRoute's prefix "/" that names a method.
    out.weight.path_length = 1;
    out.weight.method = true;
  }
  compile_headers(match.headers, out);
  return out;
}

}  // namespace sluice::compile
