#include "tools/sluicectl/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <optional>
#include <sstream>

#include "tools/sluicectl/command.h"
#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/node.h"

namespace sluice::ctl {
namespace {

struct Options {
  Source source;
  std::vector<std::string> http;
  std::vector<std::string> grpc;
  std::vector<std::string> headers;
  std::string tcp;
  std::string udp;
  std::string sni;
  std::string from;
  std::string node;
  std::string format = "text";
};

std::expected<HttpQuestion, std::string> http_question(const Options& options) {
  HttpQuestion question;
  if (options.grpc.empty()) {
    question.method = options.http[0];
    question.url = options.http[1];
  } else {
    const bool has_scheme = options.grpc[1].find("://") != std::string::npos;
    const std::string base = has_scheme ? options.grpc[1] : "http://" + options.grpc[1];
    question = {.method = "POST", .url = base + "/" + options.grpc[0], .headers = {}};
    question.headers.emplace_back("content-type", "application/grpc");
  }
  question.from = !options.from.empty();
  for (const auto& header : options.headers) {
    const auto colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return std::unexpected("-H '" + header + "' is no header; 'x-version: 2' is one");
    }
    auto value = header.substr(colon + 1);
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    question.headers.emplace_back(header.substr(0, colon), std::move(value));
  }
  return question;
}

std::expected<FlowQuestion, std::string> flow_question(const Options& options) {
  FlowQuestion question{.udp = options.tcp.empty()};
  const auto to = parse_socket_address(question.udp ? options.udp : options.tcp);
  if (!to) return std::unexpected(to.error());
  question.to = *to;
  if (options.from.empty()) return question;
  const auto from = parse_source_address(options.from);
  if (!from) return std::unexpected(from.error());
  if (from->ip.size() != to->ip.size()) return std::unexpected("--from is of another family than the destination");
  question.from = *from;
  return question;
}

std::expected<NameQuestion, std::string> name_question(const Options& options) {
  const auto colon = options.sni.rfind(':');
  const auto port = parse_socket_address("0.0.0.0" + (colon == std::string::npos ? ":443" : options.sni.substr(colon)));
  if (!port) return std::unexpected("'" + options.sni + "' is no NAME:PORT; shop.example:443 is one");
  NameQuestion question{
      .name = options.sni.substr(0, colon), .port = port->port, .ip = {}, .from = !options.from.empty()};
  std::ranges::transform(question.name, question.name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return question;
}

std::expected<Verdict, std::string> ask(const model::Store& store, const l4::Home& home, const Options& options) {
  if (!options.http.empty() || !options.grpc.empty()) {
    const auto question = http_question(options);
    if (!question) return std::unexpected(question.error());
    return explain_http(store, home, *question);
  }
  if (!options.sni.empty()) {
    const auto question = name_question(options);
    if (!question) return std::unexpected(question.error());
    return explain_name(store, home, *question);
  }
  const auto question = flow_question(options);
  if (!question) return std::unexpected(question.error());
  return explain_flow(store, home, *question);
}

/// The node that is asked: of a folder, --node or this host, as sluiced --manifests is named.
l4::Home home_of(const Options& options) {
  l4::Home home{.node = options.node, .addresses = {}};
  if (options.source.is_folder()) {
    if (home.node.empty()) home.node = model::host_node_name();
    return home;
  }
  const auto page = fetch_from_node(options.source.socket, "/node");
  std::istringstream lines(page ? *page : "");  // a sluiced that has no such page prefers nothing
  std::getline(lines, home.node);
  for (std::string line; std::getline(lines, line);) {
    if (const auto address = l4::Address::parse(line)) home.addresses.insert(*address);
  }
  return home;
}

/// As the node forwards: a frontend without addresses is reached nowhere (model.proto), and a name stands for the
/// addresses that the node has written beside it, for none where it has none.
void take_as_final(model::v1::Model& model) {
  auto& resources = *model.mutable_resources();
  const auto unreachable = [](const model::v1::Resource& resource) {
    return resource.has_frontend() && resource.frontend().addresses().empty();
  };
  resources.erase(std::remove_if(resources.begin(), resources.end(), unreachable), resources.end());
  for (auto& resource : resources) {
    if (resource.has_endpoints()) resource.mutable_endpoints()->clear_external_name();
  }
}

int explain(const Options& options) {
  const auto questions = static_cast<int>(!options.http.empty()) + static_cast<int>(!options.grpc.empty()) +
                         static_cast<int>(!options.tcp.empty()) + static_cast<int>(!options.udp.empty()) +
                         static_cast<int>(!options.sni.empty());
  if (questions != 1) return usage_error("explain takes one of --http, --grpc, --tcp, --udp, --sni; --help shows how");
  if (!options.node.empty() && !options.source.is_folder()) {
    return usage_error("--node is of a folder; a node by its socket says its own name");
  }
  auto loaded = load_model(options.source, "nothing was explained");
  if (!loaded) return loaded.error();
  if (!options.source.is_folder()) take_as_final(*loaded);
  model::Store store;
  if (auto applied = store.apply(model::as_delta(*loaded)); !applied) return usage_error(applied.error());
  const auto verdict = ask(store, home_of(options), options);
  if (!verdict) return usage_error(verdict.error());
  const std::string text = options.format == "json" ? indented(json_of(*verdict)) : text_of(*verdict);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return verdict->forwarded ? kFine : kFindings;
}

}  // namespace

void add_explain(CLI::App& app, Run& run) {
  const auto options = std::make_shared<Options>();
  auto& command = add_command(
      app, "explain",
      "Says which listener, route and backend a request or packet takes, and why each other was passed over. Changes "
      "nothing.",
      {.usage =
           "(--http METHOD URL [-H K:V]... | --grpc SERVICE/METHOD AUTHORITY | --tcp ADDR:PORT | --udp ADDR:PORT | "
           "--sni NAME:PORT) [--from ADDR[:PORT]] [-f DIR [--node NAME] | --socket PATH] [-o text|json]",
       .footer = "Example: sluicectl explain --http GET http://shop.example/cart -H x-version:2 -f manifests/\n"
                 "         sluicectl explain --grpc shop.Cart/Add shop.example:8080\n"
                 "         sluicectl explain --sni shop.example:443\n"
                 "         sluicectl explain --tcp 192.0.2.1:5432 --from 203.0.113.9:40000\n"
                 "Exit: 0 forwarded, 1 refused or dropped, 2 wrong usage or node not reached"});
  command.add_option("--http", options->http, "A request; https:// asks a listener that terminates TLS")
      ->expected(2)
      ->type_name("METHOD URL");
  command.add_option("--grpc", options->grpc, "A call of gRPC; https://AUTHORITY asks a listener that terminates TLS")
      ->expected(2)
      ->type_name("SERVICE/METHOD AUTHORITY");
  command.add_option("-H,--header", options->headers, "A header field of the request; may be repeated")
      ->type_name("NAME:VALUE")
      ->expected(1)
      ->take_all();
  command.add_option("--tcp", options->tcp, "A TCP connection to a listener")->type_name("ADDR:PORT");
  command.add_option("--udp", options->udp, "A UDP flow to a listener")->type_name("ADDR:PORT");
  command.add_option("--sni", options->sni, "A TLS connection that names a server; ':443' alone names none")
      ->type_name("NAME:PORT");
  command.add_option("--from", options->from, "The client: which backend this one gets")->type_name("ADDR[:PORT]");
  add_source_options(command, options->source);
  command.add_option("--node", options->node, "Of a folder: the node that would forward; default: the host's name")
      ->type_name("NAME");
  command.add_option("-o,--output", options->format, "Format")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command.callback([options, &run] { run = [options] { return explain(*options); }; });
}

}  // namespace sluice::ctl
