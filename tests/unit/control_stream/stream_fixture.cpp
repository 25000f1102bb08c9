#include "tests/unit/control_stream/stream_fixture.h"

#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <fstream>

namespace sluice {
namespace {

using std::chrono::milliseconds;

std::expected<publish::TokenOwner, std::string> review(const std::string& token) {
  constexpr std::string_view kPrefix = "token-of-";
  if (!token.starts_with(kPrefix)) return std::unexpected("the token is not valid");
  const std::string rest = token.substr(kPrefix.size());
  const auto as = rest.find("-as-");
  if (as == std::string::npos) return publish::TokenOwner{rest, "nodes"};
  return publish::TokenOwner{rest.substr(0, as), rest.substr(as + 4)};
}

std::filesystem::path new_folder() {
  static std::atomic<unsigned> count{0};
  const auto name = "sluice-stream-" + std::to_string(getpid()) + "-" + std::to_string(count++);
  auto folder = std::filesystem::temp_directory_path() / name;
  std::filesystem::create_directories(folder);
  return folder;
}

template <class Troubles>
void add(const Troubles& news, std::map<std::string, std::string>& troubles) {
  for (const auto& [subject, what] : news) {
    if (what.empty()) {
      troubles.erase(subject);
    } else {
      troubles[subject] = what;
    }
  }
}

}  // namespace

publish::PublisherOptions Controller::defaults() {
  publish::PublisherOptions options;
  options.listen = "127.0.0.1:0";
  options.names = {kServerName};
  options.service_account = "nodes";
  options.timing.heartbeat = milliseconds(100);
  options.timing.live = milliseconds(1000);
  options.timing.review_pause = milliseconds(10);
  return options;
}

Controller::Controller(const publish::Authority& authority, const publish::PublisherOptions& options)
    : publisher(options, [this](const std::string& token, const publish::OnReviewed& answered) {
        ++reviews;
        answered(review(token));
      }) {
  const auto served = publisher.serve(authority);
  EXPECT_TRUE(served) << served.error();
}

publish::NodeState Controller::node(const std::string& name) const {
  const auto found = publisher.nodes().find(name);
  return found != publisher.nodes().end() ? found->second : publish::NodeState();
}

bool Controller::is_at(const std::string& name, std::uint64_t generation) const {
  const auto state = node(name);
  return state.live && state.generation == generation;
}

void Controller::turn() {
  add(publisher.take().troubles, troubles);
}

Node::Node(const std::string& name, const std::string& controller, const Files& files,
           const std::function<void(subscribe::SubscriberOptions&)>& change)
    : folder(new_folder()) {
  write(files);
  subscribe::SubscriberOptions options;
  options.controller = controller;
  options.server_name = kServerName;
  options.node = name;
  options.ca_file = folder / "ca.crt";
  options.token_file = folder / "token";
  options.timing.heartbeat = milliseconds(50);
  // No test is about how fast the machine is.
  options.timing.connect = milliseconds(10'000);
  options.timing.enrol = milliseconds(20'000);
  options.timing.backoff_first = milliseconds(5);
  options.timing.backoff_most = milliseconds(50);
  if (change) change(options);
  subscriber.emplace(options);
}

Node::~Node() {
  subscriber.reset();
  std::filesystem::remove_all(folder);
}

void Node::write(const Files& files) const {
  std::ofstream(folder / "token") << files.token << "\n";
  std::ofstream(folder / "ca.crt") << files.authorities;
}

void Node::turn() {
  if (hangs) return;
  auto news = subscriber->take();
  add(news.troubles, troubles);
  for (const auto& trouble : news.troubles) told.push_back(trouble.what);
  if (news.asks_what_is_held) subscriber->hold(store.snapshot(), refused());
  if (!news.transaction) return;
  if (fails > 0 || !store.apply(*news.transaction)) {
    if (fails > 0) --fails;
    subscriber->hold(store.snapshot(), refused());
    return;
  }
  ++transactions;
  subscriber->applied(store.generation(), refused());
}

std::map<std::string, std::string> Node::refused() const {
  std::map<std::string, std::string> out;
  for (const auto& [resource, reason] : refuses) {
    if (store.find(resource) != nullptr) out[resource] = reason;
  }
  return out;
}

std::vector<std::string> Node::names() const {
  std::vector<std::string> out;
  for (const auto& [name, resource] : store.all()) out.push_back(name);
  return out;
}

std::string Node::trouble(const std::string& subject) const {
  const auto found = troubles.find(subject);
  return found != troubles.end() ? found->second : "";
}

ControlStreamTest::ControlStreamTest() = default;

Node& ControlStreamTest::add_node(const std::string& name, const std::string& controller,
                                  const std::function<void(subscribe::SubscriberOptions&)>& change) {
  return nodes.emplace_back(name, controller, Node::Files{"token-of-" + name, authority.pem().certificate}, change);
}

std::string ControlStreamTest::describe() {
  std::string out;
  for (auto& controller : controllers) {
    out += "controller " + controller.address() + "\n";
    for (const auto& [name, state] : controller.publisher.nodes()) {
      out += "  " + name + (state.live ? " live " : " ") + std::to_string(state.generation) + "\n";
    }
    for (const auto& [subject, what] : controller.troubles) out += "  " + subject + ": " + what + "\n";
  }
  for (auto& node : nodes) {
    const auto connection = node.subscriber->connection();
    out += "node " + connection.controller + (connection.connected ? " connected " : " ") +
           std::to_string(connection.connections) + "\n";
    for (const auto& [subject, what] : node.troubles) out += "  " + subject + ": " + what + "\n";
  }
  return out;
}

void ControlStreamTest::run_until(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) FAIL() << "what is waited for does not come\n" << describe();
    std::vector<pollfd> fds;
    for (auto& controller : controllers) fds.push_back({controller.publisher.fd(), POLLIN, 0});
    for (auto& node : nodes) {
      if (!node.hangs) fds.push_back({node.subscriber->fd(), POLLIN, 0});
    }
    ::poll(fds.data(), fds.size(), 5);
    for (auto& controller : controllers) controller.turn();
    for (auto& node : nodes) node.turn();
  }
}

void ControlStreamTest::publish(Controller& controller, const std::vector<publish::Resource>& changed,
                                const std::vector<std::string>& removed) {
  controller.publisher.publish(publish::delta(++controller.published, changed, removed));
}

}  // namespace sluice
