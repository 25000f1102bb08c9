#include "userspace/agent/resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sluice::agent {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kMinTtl{5};
constexpr std::chrono::seconds kMaxTtl{300};

/// ares_library_init is global and must run before any channel.
struct Library {
  Library() { ares_library_init(ARES_LIB_INIT_ALL); }
  ~Library() { ares_library_cleanup(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  return inet_ntop(family, address, out.data(), out.size());
}

/// Which resolv.conf that is: another file, or one that was written again, is another one; all 0 where there is none.
struct Configuration {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;

  static Configuration read() {
    struct stat file{};
    if (::stat("/etc/resolv.conf", &file) != 0) return {};
    return {file.st_dev, file.st_ino, file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec};
  }
  bool operator==(const Configuration&) const = default;
};

}  // namespace

struct Resolver::State {
  struct Name {
    Clock::time_point due;
    bool asking = false;
    std::optional<Resolution> last;
  };
  /// What a query's callback needs; outlives the channel's queries as the channel is destroyed before the map.
  struct Query {
    State* state;
    std::string name;
  };

  explicit State(Changed callback) : changed(std::move(callback)) {}

  void run();
  int follow_configuration();
  void take_wanted();
  void ask_due();
  void wait();
  void answered(const std::string& name, int status, const ares_addrinfo* info);

  Changed changed;
  Library library;
  ares_channel channel = nullptr;
  int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::map<std::string, Name> names;
  Configuration configuration;  ///< that the channel was made from
  std::mutex mutex;             ///< guards what follows
  std::set<std::string> wanted;
  std::set<std::string> dropped;  ///< not wanted for a while since they were last taken: what is known of them is void
  bool wanted_changed = false;
  bool stop = false;
  std::thread thread;
};

void Resolver::State::take_wanted() {
  const std::scoped_lock lock(mutex);
  if (!std::exchange(wanted_changed, false)) return;
  for (const auto& name : std::exchange(dropped, {})) names.erase(name);
  for (const auto& name : wanted) names.try_emplace(name, Name{Clock::now(), false, std::nullopt});
}

/// Makes the channel, and another one where the configuration is another; queries under way are asked again. An ares
/// status: why there is none.
int Resolver::State::follow_configuration() {
  const auto now = Configuration::read();
  if (channel != nullptr && configuration == now) return ARES_SUCCESS;
  if (channel != nullptr) ares_destroy(std::exchange(channel, nullptr));
  configuration = now;
  ares_options options{};
  options.timeout = 2000;
  options.tries = 2;
  const int status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (status != ARES_SUCCESS) channel = nullptr;
  return status;
}

void Resolver::State::ask_due() {
  const auto now = Clock::now();
  const auto is_due = [&](const auto& entry) { return !entry.second.asking && entry.second.due <= now; };
  if (std::ranges::none_of(names, is_due)) return;
  const int configured = follow_configuration();
  std::vector<std::string> due;
  for (auto& entry : names) {
    if (!is_due(entry)) continue;
    entry.second.asking = true;
    due.push_back(entry.first);
  }
  // A callback may run inside the call, so the map is not walked meanwhile.
  for (const auto& name : due) {
    if (configured != ARES_SUCCESS) {
      answered(name, configured, nullptr);
      continue;
    }
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(
        channel, name.c_str(), nullptr, &hints,
        [](void* argument, int status, int, ares_addrinfo* info) {
          const std::unique_ptr<Query> query(static_cast<Query*>(argument));
          query->state->answered(query->name, status, info);
          if (info != nullptr) ares_freeaddrinfo(info);
        },
        new Query{this, name});
  }
}

void Resolver::State::answered(const std::string& name, int status, const ares_addrinfo* info) {
  const auto found = names.find(name);
  if (found == names.end()) return;
  Name& entry = found->second;
  entry.asking = false;
  if (status == ARES_EDESTRUCTION) return;  // of the channel, not of the name: it is due as before
  Resolution resolution;
  auto ttl = kMaxTtl;
  if (status == ARES_SUCCESS && info != nullptr) {
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
      const void* address = node->ai_family == AF_INET
                                ? static_cast<const void*>(&reinterpret_cast<sockaddr_in*>(node->ai_addr)->sin_addr)
                                : &reinterpret_cast<sockaddr_in6*>(node->ai_addr)->sin6_addr;
      resolution.addresses.push_back(text_of(node->ai_family, address));
      ttl = std::min(ttl, std::chrono::seconds(node->ai_ttl));
    }
    std::ranges::sort(resolution.addresses);
    const auto repeated = std::ranges::unique(resolution.addresses);
    resolution.addresses.erase(repeated.begin(), repeated.end());
  } else {
    resolution.error = ares_strerror(status);
    if (entry.last) resolution.addresses = entry.last->addresses;
    ttl = kMinTtl;
  }
  entry.due = Clock::now() + std::clamp(ttl, kMinTtl, kMaxTtl);
  if (entry.last == resolution) return;
  entry.last = resolution;
  changed(name, resolution);
}

void Resolver::State::wait() {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const unsigned bits =
      channel == nullptr ? 0 : static_cast<unsigned>(ares_getsock(channel, sockets.data(), sockets.size()));
  std::vector<pollfd> fds{{wake, POLLIN, 0}};
  for (unsigned i = 0; i < sockets.size(); ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(bits, i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(bits, i)) events |= POLLOUT;
    if (events != 0) fds.push_back({sockets[i], events, 0});
  }
  auto until = Clock::now() + kMaxTtl;
  for (const auto& [name, entry] : names) {
    if (!entry.asking) until = std::min(until, entry.due);
  }
  auto timeout = std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count());
  timeval limit{};
  timeval given{};
  if (const timeval* next = channel == nullptr ? nullptr : ares_timeout(channel, nullptr, &limit); next != nullptr) {
    given = *next;
    timeout = std::min<std::int64_t>(timeout, given.tv_sec * 1000 + given.tv_usec / 1000 + 1);
  }
  ::poll(fds.data(), fds.size(), static_cast<int>(timeout));
  std::uint64_t count = 0;
  if ((fds[0].revents & POLLIN) != 0) static_cast<void>(::read(wake, &count, sizeof count));
  bool any = false;
  for (std::size_t i = 1; i < fds.size(); ++i) {
    if (fds[i].revents == 0) continue;
    any = true;
    ares_process_fd(channel, (fds[i].revents & ~POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD,
                    (fds[i].revents & POLLOUT) != 0 ? fds[i].fd : ARES_SOCKET_BAD);
  }
  if (!any && channel != nullptr) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void Resolver::State::run() {
  for (;;) {
    {
      const std::scoped_lock lock(mutex);
      if (stop) break;
    }
    take_wanted();
    ask_due();
    wait();
  }
  if (channel != nullptr) ares_destroy(channel);
}

Resolver::Resolver(Changed changed) : state_(std::make_unique<State>(std::move(changed))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Resolver::~Resolver() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stop = true;
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(state_->wake, &one, sizeof one));
  state_->thread.join();
  ::close(state_->wake);
}

void Resolver::watch(const std::set<std::string>& names) {
  {
    const std::scoped_lock lock(state_->mutex);
    std::ranges::set_difference(state_->wanted, names, std::inserter(state_->dropped, state_->dropped.end()));
    state_->wanted = names;
    state_->wanted_changed = true;
  }
  const std::uint64_t one = 1;
  static_cast<void>(::write(state_->wake, &one, sizeof one));
}

}  // namespace sluice::agent
