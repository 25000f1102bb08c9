#include "controller/compile/http_filter.h"

namespace sluice::compile {
namespace {

void compile_headers(const api::HttpHeaderFilter& in, model::v1::HeaderModifier& out) {
  for (const auto& header : in.set) {
    auto& added = *out.add_set();
    added.set_name(header.name);
    added.set_value(header.value);
  }
  for (const auto& header : in.add) {
    auto& added = *out.add_add();
    added.set_name(header.name);
    added.set_value(header.value);
  }
  for (const auto& name : in.remove) out.add_remove(name);
}

void compile_path(const api::HttpPathModifier& in, model::v1::PathModifier& out) {
  if (in.replace_full_path) out.set_replace_full_path(*in.replace_full_path);
  if (in.replace_prefix_match) out.set_replace_prefix_match(*in.replace_prefix_match);
}

void compile_redirect(const api::HttpRequestRedirect& in, model::v1::Redirect& out) {
  out.set_scheme(in.scheme.value_or(""));
  out.set_hostname(in.hostname.value_or(""));
  if (in.path) compile_path(*in.path, *out.mutable_path());
  out.set_port(static_cast<std::uint32_t>(in.port.value_or(0)));
  out.set_status_code(static_cast<std::uint32_t>(in.status_code));
}

}  // namespace

bool compile_filter(const api::RouteFilter& filter, model::v1::HttpFilter& out) {
  if (filter.type == "RequestHeaderModifier" && filter.request_header_modifier) {
    compile_headers(*filter.request_header_modifier, *out.mutable_request_headers());
  } else if (filter.type == "ResponseHeaderModifier" && filter.response_header_modifier) {
    compile_headers(*filter.response_header_modifier, *out.mutable_response_headers());
  } else if (filter.type == "RequestRedirect" && filter.request_redirect) {
    compile_redirect(*filter.request_redirect, *out.mutable_redirect());
  } else if (filter.type == "URLRewrite" && filter.url_rewrite) {
    auto& rewrite = *out.mutable_rewrite();
    rewrite.set_hostname(filter.url_rewrite->hostname.value_or(""));
    if (filter.url_rewrite->path) compile_path(*filter.url_rewrite->path, *rewrite.mutable_path());
  } else {
    return false;
  }
  return true;
}

std::string filter_field(const api::RouteFilter& filter) {
  if (filter.type == "URLRewrite") return "urlRewrite";
  if (filter.type == "CORS") return "cors";
  std::string field = filter.type;
  if (!field.empty() && field[0] >= 'A' && field[0] <= 'Z') field[0] = static_cast<char>(field[0] - 'A' + 'a');
  return field;
}

}  // namespace sluice::compile
