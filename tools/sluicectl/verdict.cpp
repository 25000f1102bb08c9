#include "tools/sluicectl/verdict.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "tools/sluicectl/table.h"

namespace sluice::ctl {
namespace {

constexpr std::size_t kAddressesShown = 3;

void line(std::string_view name, const std::string& value, std::string& out) {
  if (!value.empty()) out += fmt::format("{:<10}{}\n", name, value);
}

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::string backends_text(const Verdict& verdict) {
  Table table;
  for (const auto& backend : verdict.backends) {
    table.rows.push_back({backend.picked ? "->" : "  ", backend.backend, fmt::format("weight {}", backend.weight),
                          fmt::format("{:.4g} %", backend.share * 100), backend.state, join(backend.endpoints)});
    if (backend.endpoints.empty()) table.rows.back().pop_back();
  }
  table.head.resize(6);
  return table.text(false);
}

}  // namespace

std::string socket_text(const std::string& ip, std::uint32_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ip.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (ip.empty() || inet_ntop(family, ip.data(), text.data(), text.size()) == nullptr) return fmt::format("*:{}", port);
  return family == AF_INET ? fmt::format("{}:{}", text.data(), port) : fmt::format("[{}]:{}", text.data(), port);
}

std::string object_text(const model::v1::ObjectRef& ref) {
  return ref.kind() + " " + (ref.namespace_().empty() ? "" : ref.namespace_() + "/") + ref.name();
}

std::string listener_text(const model::v1::Frontend& frontend) {
  std::vector<std::string> where;
  for (const auto& address : frontend.addresses()) where.push_back(socket_text(address.ip(), frontend.port()));
  if (where.size() > kAddressesShown) {
    const auto more = where.size() - kAddressesShown;
    where.resize(kAddressesShown);
    where.push_back(fmt::format("{} more", more));
  }
  if (where.empty()) where.push_back(fmt::format("port {}, no address yet", frontend.port()));
  std::string owner;
  if (!frontend.parents().empty()) {
    owner = object_text(frontend.parents(0)) + " listener " + frontend.parents(0).section() + " ";
  }
  return fmt::format("{}({}, {}, {})", owner, join(where), model::v1::Protocol_Name(frontend.protocol()),
                     frontend.hostname().empty() ? "any hostname" : frontend.hostname());
}

std::string text_of(const Verdict& verdict) {
  std::string out = fmt::format("{}: {}\n", verdict.question, verdict.forwarded ? "forwarded" : "refused");
  line("because", fmt::format("{} ({})", verdict.meaning, verdict.reason), out);
  line("listener", verdict.listener, out);
  line("route", verdict.route, out);
  line("rule", verdict.rule, out);
  line("match", verdict.match, out);
  line("prefers", verdict.prefers, out);
  line("slot", verdict.slot, out);
  line("note", verdict.note, out);
  if (!verdict.backends.empty()) out += "backends\n" + backends_text(verdict);
  if (!verdict.passed_over.empty()) {
    out += "passed over\n";
    for (const auto& [what, why] : verdict.passed_over) out += fmt::format("  {}: {}\n", what, why);
  }
  return out;
}

boost::json::object json_of(const Verdict& verdict) {
  boost::json::object out{{"question", verdict.question}, {"forwarded", verdict.forwarded}, {"reason", verdict.reason},
                          {"meaning", verdict.meaning},   {"listener", verdict.listener},   {"route", verdict.route},
                          {"rule", verdict.rule},         {"match", verdict.match}};
  boost::json::array backends;
  for (const auto& backend : verdict.backends) {
    boost::json::array endpoints(backend.endpoints.begin(), backend.endpoints.end());
    backends.push_back({{"backend", backend.backend},
                        {"weight", backend.weight},
                        {"share", backend.share},
                        {"serves", backend.serves},
                        {"state", backend.state},
                        {"endpoints", std::move(endpoints)},
                        {"local", backend.local},
                        {"picked", backend.picked}});
  }
  boost::json::array passed_over;
  for (const auto& [what, why] : verdict.passed_over) passed_over.push_back({{"what", what}, {"why", why}});
  out["backends"] = std::move(backends);
  out["passedOver"] = std::move(passed_over);
  if (!verdict.prefers.empty()) out["prefers"] = verdict.prefers;
  if (!verdict.slot.empty()) out["slot"] = verdict.slot;
  if (!verdict.note.empty()) out["note"] = verdict.note;
  return out;
}

}  // namespace sluice::ctl
