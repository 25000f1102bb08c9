// The part of an exchange that decides: listener, route, redirect, the outgoing target, the engine's own answers.
#include <array>

#include "userspace/l7/exchange.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {
namespace {

std::string_view matched_prefix(const Entry& entry) {
  return entry.path_kind == PathKind::kPrefix ? std::string_view(entry.path) : std::string_view();
}

// The Host as received, without its port.
std::string_view without_port(std::string_view authority) {
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.find(']', colon) != std::string_view::npos) return authority;
  return authority.substr(0, colon);
}

}  // namespace

bool Exchange::route() {
  const PortTable* listeners = facts_->listeners;
  const std::string_view host = normalize_host(head_->authority, worker_.host_scratch.data());
  if (listeners != nullptr) listener_ = listeners->select(facts_->tls ? facts_->server_name : host);
  if (listener_ == nullptr) return reply(Reason::kNoListener), false;
  if (facts_->tls && host != facts_->server_name) {
    // A client that trusts one certificate for both names (RFC 9113 9.1.1) comes back on a connection of its own.
    const RouteTable* owner = listeners->select(host);
    if (owner != nullptr && owner != listener_) return reply(Reason::kMisdirected), false;
  }
  // RFC 9110 7.4: an https resource is only for who has been shown its certificate.
  if (head_->https && !facts_->tls) return reply(Reason::kBadTarget), false;
  const auto path = normalize_path(head_->path, worker_.path_scratch.data());
  if (!path) return reply(Reason::kBadTarget), false;
  decision_ = listener_->route({.method = head_->method,
                                .host = host,
                                .path = *path,
                                .query = head_->query,
                                .headers = head_->fields,
                                .grpc = head_->grpc});
  if (decision_.action == nullptr) return reply(decision_.reason), false;
  if (decision_.action->series != nullptr) cell_ = &decision_.action->series->cell(worker_.index);
  return true;
}

void Exchange::redirect() {
  const FilterChain& own = decision_.action->filters;
  const Redirect& redirect = own.redirect ? *own.redirect : *target_->filters.redirect;
  // A prefix is replaced in the path that matched; everything else goes back as the client wrote it.
  std::string_view path = head_->path;
  if (redirect.path.kind == PathChange::Kind::kPrefix) {
    path = normalize_path(path, worker_.path_scratch.data()).value_or(path);
  }
  std::string& location = worker_.text_scratch;
  location.clear();
  append_location(redirect,
                  {.scheme = facts_->scheme(),
                   .host = without_port(head_->authority.empty() ? facts_->local : head_->authority),
                   .path = path,
                   .query = head_->query,
                   .prefix = matched_prefix(*decision_.entry),
                   .port = listener_->port()},
                  location);
  reason_ = Reason::kRedirected;
  status_ = static_cast<std::uint16_t>(redirect.status);
  response_begun_ = true;
  const std::span<const HeaderEdits> of_backend =
      target_ == nullptr ? std::span<const HeaderEdits>() : target_->filters.response_headers;
  client_->send_reply({.status = status_, .location = location, .edits = {of_backend, own.response_headers}});
}

std::string_view Exchange::outgoing_target() {
  if (head_->path == "*") return head_->path;  // no path, so none to rewrite; never the absolute form (RFC 9112 3.2.4)
  const Rewrite* rewrite = nullptr;
  if (decision_.action->filters.rewrite) rewrite = &*decision_.action->filters.rewrite;
  if (target_->filters.rewrite) rewrite = &*target_->filters.rewrite;
  const bool changed = rewrite != nullptr && rewrite->path.kind != PathChange::Kind::kNone;
  if (!changed && head_->target.starts_with('/')) return head_->target;
  std::string& target = worker_.text_scratch;
  target.clear();
  if (changed) {
    const auto path = normalize_path(head_->path, worker_.path_scratch.data());
    append_path(rewrite->path, path.value_or(head_->path), matched_prefix(*decision_.entry), target);
  } else {
    target.append(head_->path);
  }
  if (head_->has_query) target.append("?").append(head_->query);
  return target;
}

std::string_view Exchange::outgoing_host() const {
  const auto& of_backend = target_->filters.rewrite;
  if (of_backend && !of_backend->hostname.empty()) return of_backend->hostname;
  const auto& of_rule = decision_.action->filters.rewrite;
  if (of_rule && !of_rule->hostname.empty()) return of_rule->hostname;
  return head_->authority.empty() ? facts_->local : head_->authority;
}

// A call's caller reads no status of HTTP: the answer is a head that is all trailers (gRPC over HTTP/2, "Responses").
void Exchange::reply_grpc(Reason reason) {
  status_ = 200;
  std::string& fields = worker_.text_scratch;
  fields.assign("content-type: application/grpc\r\ngrpc-status: ").append(std::to_string(grpc_status(reason)));
  fields.append("\r\ngrpc-message: ").append(name(reason)).append(": ").append(text(reason)).append("\r\n");
  client_->send_reply({.status = status_, .fields = fields});
}

void Exchange::reply(Reason reason) {
  reason_ = reason;
  response_begun_ = true;
  if (head_->grpc) return reply_grpc(reason);
  status_ = status(reason);
  std::string& body = worker_.text_scratch;
  body.clear();
  body.append(name(reason)).append(": ").append(text(reason)).append("\n");
  client_->send_reply({.status = status_, .body = body});
}

}  // namespace sluice::l7
