#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <tuple>

#include "tools/sluicectl/explain.h"
#include "tools/sluicectl/tls_choice.h"
#include "userspace/l7/tables.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kHostsShown = 16;

struct Target {
  bool tls = false;
  std::string authority;  ///< as written, with its port
  std::uint16_t port = 80;
  std::string path = "/";
  std::string query;
};

/// A URL without a path asks for "/", or with OPTIONS for "*", the server as a whole (RFC 9112 3.2.4).
std::expected<Target, std::string> parse_url(const std::string& url, std::string_view method) {
  Target target;
  const auto refused = [&](std::string_view why) {
    return std::unexpected(fmt::format("'{}': {}; http://shop.example/cart is a URL", url, why));
  };
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return refused("no scheme");
  if (url.substr(0, scheme) != "http" && url.substr(0, scheme) != "https") return refused("the scheme is not HTTP's");
  target.tls = url.starts_with("https:");
  target.port = target.tls ? 443 : 80;
  std::string rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto slash = std::min(rest.find_first_of("/?"), rest.size());
  target.authority = rest.substr(0, slash);
  if (target.authority.empty()) return refused("no host");
  const auto colon = target.authority.rfind(':');
  if (colon != std::string::npos && target.authority.find(']', colon) == std::string::npos) {
    const char* end = target.authority.data() + target.authority.size();
    const auto parsed = std::from_chars(target.authority.data() + colon + 1, end, target.port);
    if (parsed.ec != std::errc{} || parsed.ptr != end || target.port == 0) return refused("the port is none");
  }
  if (slash < rest.size()) target.path = rest.substr(slash);
  if (const auto mark = target.path.find('?'); mark != std::string::npos) {
    target.query = target.path.substr(mark + 1);
    target.path.resize(mark);
  }
  if (target.path.empty()) target.path = "/";
  if (slash == rest.size() && method == "OPTIONS") target.path = "*";
  return target;
}

/// A request as the engine would have received and normalised it; owns what the view shows.
class Request {
 public:
  Request(const HttpQuestion& question, const Target& target) : question_(question) {
    const std::string* authority = &target.authority;
    for (const auto& [name, value] : question_.headers) {
      if (l7::equals_ignoring_case(name, "host")) authority = &value;
      fields_.push_back({name, value});
    }
    host_buffer_.resize(authority->size());
    path_buffer_.resize(target.path.size());
    view_.method = question_.method;
    view_.host = l7::normalize_host(*authority, host_buffer_.data());
    view_.query = target.query;
    view_.headers = fields_;
    std::string_view type;
    view_.grpc = l7::find_header(fields_, "content-type", type) && l7::is_grpc_type(type);
    if (const auto path = l7::normalize_path(target.path, path_buffer_.data())) {
      view_.path = *path;
    } else {
      bad_path_ = path.error();
    }
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  [[nodiscard]] const l7::RequestView& view() const { return view_; }
  [[nodiscard]] std::string_view bad_path() const { return bad_path_; }

 private:
  const HttpQuestion& question_;
  std::vector<l7::Field> fields_;
  std::string host_buffer_;
  std::string path_buffer_;
  l7::RequestView view_;
  std::string_view bad_path_;
};

/// The listener that takes the request: of each address the one that the engine would choose; of several addresses
/// (the URL names none) the one with the most specific hostname, then the smallest address.
struct Choice {
  const l7::RouteTable* table = nullptr;
  std::vector<PassedOver> others;
};

std::string literal_address(const std::string& authority) {
  if (const auto full = parse_socket_address(authority)) return full->ip;
  std::string host = authority;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto bare = parse_source_address(host);
  return bare ? bare->ip : std::string();
}

/// A folder does not say which addresses Gateways without any will have: they may be the ones that are asked for.
l7::PortTable unplaced(const l7::Tables& tables, std::uint16_t port) {
  l7::PortTable made;
  for (const auto& [name, table] : tables.frontends()) {
    if (table->port() == port && table->origin().addresses().empty()) made.insert(table);
  }
  return made;
}

Choice choose_listener(const l7::Tables& tables, const Target& target, const std::string& literal,
                       std::string_view host) {
  std::vector<const l7::RouteTable*> candidates;
  Choice choice;
  const auto precision = [](const l7::RouteTable& table) {
    const std::string& hostname = table.origin().hostname();
    return std::tuple(!hostname.empty() && !hostname.starts_with('*'), hostname.size());
  };
  const auto consider = [&](const l7::PortTable& port) {
    if (port.tls() != target.tls) return;
    for (const auto& [hostname, table] : port.all()) {
      if (std::ranges::find(candidates, table.get()) == candidates.end()) candidates.push_back(table.get());
    }
    const l7::RouteTable* taker = port.select(host);
    if (taker != nullptr && (choice.table == nullptr || precision(*taker) > precision(*choice.table))) {
      choice.table = taker;
    }
  };
  for (const auto& [place, port] : tables.ports()) {
    if (place.port != target.port) continue;
    if (literal.empty() || place == l7::SocketAddress::make(literal, target.port)) consider(*port);
  }
  consider(unplaced(tables, target.port));
  const auto* chosen = choice.table == nullptr ? nullptr : &choice.table->origin();
  for (const auto* table : candidates) {
    if (table == choice.table) continue;
    choice.others.push_back({listener_text(table->origin()), why_not(table->origin(), chosen, host)});
  }
  std::ranges::sort(choice.others, {}, &PassedOver::what);
  return choice;
}

/// What the client is answered with: a caller of gRPC sees no status of HTTP.
std::string status_text(l7::Reason reason, bool grpc) {
  return grpc ? fmt::format("grpc-status {}", l7::grpc_status(reason)) : fmt::format("{}", l7::status(reason));
}

void refuse(Verdict& verdict, l7::Reason reason, bool grpc, const std::string& detail = {}) {
  verdict.forwarded = false;
  verdict.reason = l7::name(reason);
  verdict.meaning = fmt::format("{}: {}", status_text(reason, grpc), l7::text(reason));
  if (!detail.empty()) verdict.meaning += ": " + detail;
}

void describe_rule(Verdict& verdict, const l7::Decision& decision) {
  const l7::Action& action = *decision.action;
  verdict.route = object_text(action.route);
  verdict.rule = std::to_string(action.rule);
  if (!action.route.section().empty()) verdict.rule += " (" + action.route.section() + ")";
  verdict.match = l7::describe(*decision.entry);
  if (!decision.host->hostname().empty()) verdict.match += ", hostname " + decision.host->hostname();
}

std::string location_of(const l7::Decision& decision, const l7::RouteTable& listener, const Target& target,
                        const l7::RequestView& request) {
  std::string location;
  const bool prefix = decision.entry->path_kind == l7::PathKind::kPrefix;
  l7::append_location(*decision.action->filters.redirect,
                      {.scheme = target.tls ? "https" : "http",
                       .host = request.host,
                       .path = target.path,
                       .query = target.query,
                       .prefix = prefix ? std::string_view(decision.entry->path) : std::string_view{},
                       .port = listener.port()},
                      location);
  return location;
}

/// Why the engine does not speak to a backend; nullopt: it does.
std::optional<l7::Reason> refusal_of(const l7::Backend* backend, const BackendShare& share) {
  if (backend == nullptr || backend->origin.state() == model::v1::Backend::INVALID) return l7::Reason::kInvalidBackend;
  if (backend->origin.tls_required()) return l7::Reason::kTlsRequired;
  return share.serves ? std::nullopt : std::optional(l7::Reason::kNoEndpoints);
}

/// What the engine answers: some backend serves, or each refuses its share, perhaps with a status of its own.
void judge_backends(Verdict& verdict, const l7::Tables& tables, const l7::Explanation& explanation,
                    const model::Store& store, const ChooseReady& choose, bool grpc) {
  const l7::Action& action = *explanation.decision.action;
  std::vector<l7::Reason> reasons;
  bool serves = false;
  std::size_t http2 = 0;
  for (const auto& share : explanation.shares) {
    model::v1::WeightedBackend weighted;
    weighted.set_backend(share.target->backend->name);
    weighted.set_weight(share.target->weight);
    BackendShare shown = share_of(store, weighted, action.total_weight, choose);
    const l7::Backend* backend = tables.backend(*share.target->backend);
    const auto why = refusal_of(backend, shown);
    if (action.grpc || (backend != nullptr && backend->http2)) ++http2;
    if (why == l7::Reason::kTlsRequired) {
      shown.state = fmt::format("refused: {}", l7::text(*why));
      shown.serves = false;
    }
    serves |= shown.serves;
    if (why && weighted.weight() > 0 && std::ranges::find(reasons, *why) == reasons.end()) reasons.push_back(*why);
    verdict.backends.push_back(std::move(shown));
  }
  if (!serves) {
    refuse(verdict, reasons.empty() ? l7::Reason::kNoBackend : reasons.front(), grpc);
    for (std::size_t other = 1; other < reasons.size(); ++other) {
      verdict.meaning += fmt::format("; or {}: {}", status_text(reasons[other], grpc), l7::text(reasons[other]));
    }
    return;
  }
  verdict.forwarded = true;
  verdict.reason = l7::name(l7::Reason::kForwarded);
  verdict.meaning = http2 == explanation.shares.size() ? "a backend of the rule gets it by HTTP/2, by weight"
                                                       : "a backend of the rule gets it, by weight";
}

void judge_action(Verdict& verdict, const l7::Tables& tables, const l7::RouteTable& listener, const Target& target,
                  const l7::RequestView& request, const l7::Explanation& explanation, const model::Store& store,
                  const l4::Home& home) {
  const l7::Action& action = *explanation.decision.action;
  const std::string& unsupported = action.unsupported.empty() ? action.filters.unsupported : action.unsupported;
  if (!unsupported.empty()) return refuse(verdict, l7::Reason::kUnsupported, request.grpc, unsupported);
  if (action.filters.redirect) {
    verdict.forwarded = true;
    verdict.reason = l7::name(l7::Reason::kRedirected);
    verdict.meaning = fmt::format("{} to {}", action.filters.redirect->status,
                                  location_of(explanation.decision, listener, target, request));
    return;
  }
  verdict.prefers = preference_text(listener.origin(), home);
  judge_backends(verdict, tables, explanation, store, engines_choice(listener.origin(), home), request.grpc);
}

/// No host of the listener takes the name: the ones that there are.
void pass_over_hosts(const l7::RouteTable& listener, std::string_view host, Verdict& verdict) {
  listener.each_host([&](const std::string&, const l7::HostTable& table) {
    if (verdict.passed_over.size() == kHostsShown) return;
    std::string routes;
    for (const auto& action : table.actions()) {
      const std::string route = object_text(action.route);
      if (routes.find(route) == std::string::npos) routes += (routes.empty() ? "" : ", ") + route;
    }
    verdict.passed_over.push_back(
        {fmt::format("{} ({})", routes, table.hostname()), fmt::format("its hostname does not take {}", host)});
  });
}

}  // namespace

std::expected<Verdict, std::string> explain_http(const model::Store& store, const l4::Home& home,
                                                 const HttpQuestion& question) {
  const auto target = parse_url(question.url, question.method);
  if (!target) return std::unexpected(target.error());
  const Request request(question, *target);
  Verdict verdict{.question = question.method + " " + question.url};
  if (question.from) verdict.note = "requests take turns by weight, whoever the client is: --from picks none here";
  if (request.view().host.empty()) {
    refuse(verdict, l7::Reason::kBadHost, request.view().grpc);
    return verdict;
  }
  if (!request.bad_path().empty()) {
    refuse(verdict, l7::Reason::kBadTarget, request.view().grpc, std::string(request.bad_path()));
    return verdict;
  }
  if (target->tls) {
    // A client sends no address as a server name (RFC 6066).
    const std::string host(request.view().host);
    const std::string name = literal_address(host).empty() ? host : std::string();
    const auto owner = choose_tls(store, target->port, literal_address(target->authority), name);
    if (owner.listener == nullptr || owner.listener->passthrough != nullptr) {
      Verdict passed = explain_name(
          store, home,
          {.name = name, .port = target->port, .ip = literal_address(target->authority), .from = question.from});
      passed.question = std::move(verdict.question);
      return passed;
    }
  }
  const auto tables = l7::TablesBuilder(nullptr, home.node).build(store);
  Choice choice = choose_listener(*tables, *target, literal_address(target->authority), request.view().host);
  if (choice.table == nullptr) {
    refuse(verdict, l7::Reason::kNoListener, request.view().grpc);
    if (choice.others.empty()) verdict.meaning = "RST: no HTTP listener has this address and port";
    verdict.passed_over = std::move(choice.others);
    return verdict;
  }
  verdict.listener = listener_text(choice.table->origin());
  const l7::Explanation explanation = l7::explain(*choice.table, request.view());
  if (explanation.decision.action == nullptr) {
    refuse(verdict, explanation.decision.reason, request.view().grpc);
  } else {
    describe_rule(verdict, explanation.decision);
    judge_action(verdict, *tables, *choice.table, *target, request.view(), explanation, store, home);
  }
  if (explanation.decision.reason == l7::Reason::kNoHost) pass_over_hosts(*choice.table, request.view().host, verdict);
  for (const auto& loser : explanation.losers) {
    verdict.passed_over.push_back({fmt::format("{} rule {} ({})", object_text(loser.action->route), loser.action->rule,
                                               l7::describe(*loser.entry)),
                                   l7::describe(loser)});
  }
  std::ranges::move(choice.others, std::back_inserter(verdict.passed_over));
  return verdict;
}

}  // namespace sluice::ctl
