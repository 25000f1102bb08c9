#include "controller/api/cel/functions.h"

#include <arpa/inet.h>
#include <re2/re2.h>

#include <array>
#include <charconv>
#include <cmath>

#include "controller/api/cel/node.h"
#include "controller/api/names.h"

namespace sluice::api::cel {
namespace {

namespace json = boost::json;
using Arguments = std::span<const Value>;

Result no_overload(std::string_view name, Arguments arguments) {
  std::string types;
  for (const Value& argument : arguments) types += (types.empty() ? "" : ", ") + std::string(type_name(argument));
  return std::unexpected("no such overload: " + std::string(name) + "(" + types + ")");
}

const std::string_view* text(const Value& value) {
  return value.if_a<std::string_view>();
}

/// The byte at which a code point begins; past the end: nothing.
std::size_t byte_of(std::string_view in, std::int64_t code_point) {
  std::size_t at = 0;
  for (; code_point > 0 && at < in.size(); --code_point) {
    ++at;
    while (at < in.size() && (static_cast<unsigned char>(in[at]) & 0xc0) == 0x80) ++at;
  }
  return code_point == 0 ? at : std::string_view::npos;
}

Result size(Arguments in, const Node&, Arena&) {
  if (const auto* chars = text(in[0])) return Value{static_cast<std::int64_t>(code_points(*chars))};
  if (is_list(in[0])) return Value{static_cast<std::int64_t>(list_size(in[0]))};
  if (const auto* map = in[0].if_a<const json::object*>()) return Value{static_cast<std::int64_t>((*map)->size())};
  return no_overload("size", in);
}

Result matches(Arguments in, const Node& site, Arena&) {
  const auto *subject = text(in[0]), *pattern = text(in[1]);
  if (subject == nullptr || pattern == nullptr) return no_overload("matches", in);
  const re2::StringPiece piece(subject->data(), subject->size());
  if (site.pattern) return Value{RE2::PartialMatch(piece, *site.pattern)};
  const RE2 compiled(re2::StringPiece(pattern->data(), pattern->size()), RE2::Quiet);
  if (!compiled.ok()) return std::unexpected("bad pattern: " + compiled.error());
  return Value{RE2::PartialMatch(piece, compiled)};
}

template <auto Test>
Result text_test(Arguments in, const Node& site, Arena&) {
  const auto *subject = text(in[0]), *other = text(in[1]);
  if (subject == nullptr || other == nullptr) return no_overload(site.function->name, in);
  return Value{Test(*subject, *other)};
}

Result split(Arguments in, const Node&, Arena& arena) {
  const auto *subject = text(in[0]), *separator = text(in[1]);
  if (subject == nullptr || separator == nullptr) return no_overload("split", in);
  std::vector<Value> parts;
  std::string_view rest = *subject;
  if (separator->empty()) {
    while (!rest.empty()) {
      const std::size_t end = byte_of(rest, 1);
      parts.push_back({rest.substr(0, end)});
      rest.remove_prefix(end);
    }
    return Value{arena.list(std::move(parts))};
  }
  for (std::size_t found = rest.find(*separator); found != std::string_view::npos; found = rest.find(*separator)) {
    parts.push_back({rest.substr(0, found)});
    rest.remove_prefix(found + separator->size());
  }
  parts.push_back({rest});
  return Value{arena.list(std::move(parts))};
}

Result substring(Arguments in, const Node&, Arena&) {
  const auto* subject = text(in[0]);
  const auto* from = in[1].if_a<std::int64_t>();
  const auto* to = in.size() > 2 ? in[2].if_a<std::int64_t>() : nullptr;
  if (subject == nullptr || from == nullptr || (in.size() > 2 && to == nullptr)) return no_overload("substring", in);
  const std::size_t begin = *from < 0 ? std::string_view::npos : byte_of(*subject, *from);
  const std::size_t end = to == nullptr ? subject->size() : *to < 0 ? std::string_view::npos : byte_of(*subject, *to);
  if (begin == std::string_view::npos || end == std::string_view::npos || begin > end) {
    return std::unexpected("substring: index out of range");
  }
  return Value{subject->substr(begin, end - begin)};
}

Result duration(Arguments in, const Node&, Arena&) {
  if (in[0].if_a<Duration>() != nullptr) return in[0];
  const auto* subject = text(in[0]);
  if (subject == nullptr) return no_overload("duration", in);
  auto parsed = parse_duration(*subject);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return Value{*parsed};
}

Result is_ip_call(Arguments in, const Node&, Arena&) {
  const auto* subject = text(in[0]);
  return subject != nullptr ? Result(Value{is_ip(*subject)}) : no_overload("isIP", in);
}

Result type_call(Arguments in, const Node&, Arena&) {
  return Value{type_of(in[0])};
}

Result dns1123_subdomain(Arguments, const Node&, Arena&) {
  return Value{NamedFormat::kDns1123Subdomain};
}
Result qualified_name(Arguments, const Node&, Arena&) {
  return Value{NamedFormat::kQualifiedName};
}

Result validate(Arguments in, const Node&, Arena&) {
  const auto* format = in[0].if_a<NamedFormat>();
  const auto* subject = text(in[1]);
  if (format == nullptr || subject == nullptr) return no_overload("validate", in);
  const bool fits = *format == NamedFormat::kQualifiedName ? is_qualified_name(*subject) : is_dns_subdomain(*subject);
  return Value{Defects{!fits}};
}

Result has_value(Arguments in, const Node&, Arena&) {
  const auto* defects = in[0].if_a<Defects>();
  return defects != nullptr ? Result(Value{defects->any}) : no_overload("hasValue", in);
}

constexpr auto kContains = [](std::string_view a, std::string_view b) { return a.find(b) != std::string_view::npos; };
constexpr auto kStartsWith = [](std::string_view a, std::string_view b) { return a.starts_with(b); };
constexpr auto kEndsWith = [](std::string_view a, std::string_view b) { return a.ends_with(b); };

constexpr std::array kFunctions{
    Function{"size", false, 1, size},
    Function{"size", true, 1, size},
    Function{"matches", true, 2, matches},
    Function{"matches", false, 2, matches},
    Function{"contains", true, 2, text_test<kContains>},
    Function{"startsWith", true, 2, text_test<kStartsWith>},
    Function{"endsWith", true, 2, text_test<kEndsWith>},
    Function{"split", true, 2, split},
    Function{"substring", true, 2, substring},
    Function{"substring", true, 3, substring},
    Function{"duration", false, 1, duration},
    Function{"isIP", false, 1, is_ip_call},
    Function{"type", false, 1, type_call},
    Function{"format.dns1123Subdomain", false, 0, dns1123_subdomain},
    Function{"format.qualifiedName", false, 0, qualified_name},
    Function{"validate", true, 2, validate},
    Function{"hasValue", true, 1, has_value},
};

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// Longer names first, so that "ms" is not read as "m".
constexpr std::array kUnits{Unit{"ns", 1},   Unit{"us", 1e3}, Unit{"\u00b5s", 1e3}, Unit{"\u03bcs", 1e3},
                            Unit{"ms", 1e6}, Unit{"s", 1e9},  Unit{"m", 60e9},      Unit{"h", 3600e9}};

}  // namespace

const Function* find_function(std::string_view name, bool method, std::size_t arguments) {
  for (const Function& function : kFunctions) {
    if (function.name == name && function.method == method && function.arguments == arguments) return &function;
  }
  return nullptr;
}

std::expected<Duration, std::string> parse_duration(std::string_view whole) {
  const auto bad = [&] { return std::unexpected("\"" + std::string(whole) + "\" is no duration"); };
  std::string_view rest = whole;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return Duration{};
  if (rest.empty()) return bad();
  double total = 0;
  while (!rest.empty()) {
    if (rest.find_first_of("0123456789.") != 0) return bad();
    double amount = 0;
    const auto [end, failed] =
        std::from_chars(rest.data(), rest.data() + rest.size(), amount, std::chars_format::fixed);
    if (failed != std::errc()) return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (rest.starts_with(candidate.name) && unit == nullptr) unit = &candidate;
    }
    if (unit == nullptr) return bad();
    rest.remove_prefix(unit->name.size());
    total += amount * unit->nanoseconds;
  }
  if (total > 9.2e18) return bad();
  return Duration{std::llround(negative ? -total : total)};
}

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

bool is_ip(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;
  const std::string copy(text);
  in6_addr address{};
  if (inet_pton(AF_INET, copy.c_str(), &address) == 1) return true;
  return inet_pton(AF_INET6, copy.c_str(), &address) == 1 && !IN6_IS_ADDR_V4MAPPED(&address);
}

}  // namespace sluice::api::cel
