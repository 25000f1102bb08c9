#include "userspace/l7/tables.h"

#include <algorithm>

#include "sluice/http_rules.h"
#include "userspace/l7/metrics.h"
#include "userspace/model/locality.h"

namespace sluice::l7 {
namespace {

// A Backend and its Endpoints have one name but for the kind (model.proto); other names stand for themselves.
std::string backend_of(const std::string& name) {
  constexpr std::string_view kEndpoints = "endpoints/";
  return name.starts_with(kEndpoints) ? "backend/" + name.substr(kEndpoints.size()) : name;
}

}  // namespace

SocketAddress SocketAddress::make(std::string_view ip, std::uint16_t port) {
  SocketAddress address{.port = port};
  if (ip.size() != 4 && ip.size() != 16) return address;
  std::ranges::copy(ip, address.ip.begin());
  address.length = static_cast<std::uint8_t>(ip.size());
  return address;
}

const PortTable* Tables::find(const SocketAddress& local) const {
  const auto found = ports_.find(local);
  return found == ports_.end() ? nullptr : found->second.get();
}

std::vector<std::string> Tables::errors() const {
  std::vector<std::string> out;
  for (const auto& [name, table] : frontends_) {
    table->each_host([&](const std::string& host, const HostTable& rules) {
      for (const auto& error : rules.errors()) out.push_back(std::string(host).append(": ").append(error));
    });
  }
  return out;
}

// Indexes of backends by name and preference. A slot is free again when the last table that names it is gone, on
// whatever thread.
class TablesBuilder::Slots : public std::enable_shared_from_this<Slots> {
 public:
  std::shared_ptr<const BackendSlot> get(const std::string& name, bool prefers_local) {
    const std::lock_guard lock(mutex_);
    auto& held = by_name_[name][prefers_local ? 1 : 0];
    if (auto slot = held.lock()) return slot;
    std::uint32_t index = next_;
    if (free_.empty()) {
      ++next_;
    } else {
      index = free_.back();
      free_.pop_back();
    }
    std::shared_ptr<const BackendSlot> slot(new BackendSlot{index, name, prefers_local},
                                            [self = shared_from_this()](const BackendSlot* gone) {
                                              self->release(*gone);
                                              delete gone;
                                            });
    held = slot;
    fresh_.push_back(slot);
    return slot;
  }

  /// None when no table names the backend.
  std::vector<std::shared_ptr<const BackendSlot>> of(const std::string& name) const {
    std::vector<std::shared_ptr<const BackendSlot>> out;
    const std::lock_guard lock(mutex_);
    const auto held = by_name_.find(name);
    if (held != by_name_.end()) add(held->second, out);
    return out;
  }

  /// The slots made since the last call that are still in use.
  std::vector<std::shared_ptr<const BackendSlot>> take_fresh() {
    std::vector<std::shared_ptr<const BackendSlot>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& held : fresh_) {
      if (auto slot = held.lock()) out.push_back(std::move(slot));
    }
    fresh_.clear();
    return out;
  }

  [[nodiscard]] std::vector<std::shared_ptr<const BackendSlot>> all() const {
    std::vector<std::shared_ptr<const BackendSlot>> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, held] : by_name_) add(held, out);
    return out;
  }

 private:
  using Held = std::array<std::weak_ptr<const BackendSlot>, 2>;  ///< everywhere, local first

  static void add(const Held& held, std::vector<std::shared_ptr<const BackendSlot>>& out) {
    for (const auto& each : held) {
      if (auto slot = each.lock()) out.push_back(std::move(slot));
    }
  }

  void release(const BackendSlot& slot) {
    const std::lock_guard lock(mutex_);
    free_.push_back(slot.index);
    const auto held = by_name_.find(slot.name);
    if (held == by_name_.end()) return;
    if (std::ranges::all_of(held->second, [](const auto& each) { return each.expired(); })) by_name_.erase(held);
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Held> by_name_;
  std::vector<std::weak_ptr<const BackendSlot>> fresh_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_ = 0;
};

TablesBuilder::TablesBuilder(std::shared_ptr<RuleRegistry> registry, std::string node)
    : registry_(std::move(registry)), node_(std::move(node)), slots_(std::make_shared<Slots>()) {}
TablesBuilder::~TablesBuilder() = default;

std::shared_ptr<const Tables> TablesBuilder::build(const model::Store& store) {
  auto tables = std::make_shared<Tables>();
  tables->generation_ = store.generation();
  for (auto it = store.all().lower_bound("frontend/"); it != store.all().end() && it->first.starts_with("frontend/");
       ++it) {
    if (auto table = route_table(store, it->first)) tables->frontends_[it->first] = std::move(table);
  }
  std::set<SocketAddress> all;
  for (const auto& [name, table] : tables->frontends_) add_places(*table, all);
  rebuild_ports(*tables, all);
  for (const auto& slot : slots_->all()) place_backend(store, *tables, *slot);
  slots_->take_fresh();
  last_ = tables;
  return tables;
}

std::shared_ptr<const Tables> TablesBuilder::update(const model::Store& store, const std::set<std::string>& changed) {
  if (last_ == nullptr) return build(store);
  auto tables = std::make_shared<Tables>(*last_);
  tables->generation_ = store.generation();
  std::set<std::string> routing;
  for (const auto& name : changed) {
    if (name.starts_with("frontend/") || name.starts_with("http/") || name.starts_with("host/")) routing.insert(name);
  }
  std::set<SocketAddress> places;
  for (const auto& name : store.frontends_of(routing)) {
    if (const auto old = tables->frontends_.find(name); old != tables->frontends_.end()) {
      add_places(*old->second, places);
      tables->frontends_.erase(old);
    }
    if (auto table = route_table(store, name)) {
      add_places(*table, places);
      tables->frontends_[name] = std::move(table);
    }
  }
  rebuild_ports(*tables, places);
  for (const auto& slot : slots_->take_fresh()) place_backend(store, *tables, *slot);
  for (const auto& name : changed) {
    for (const auto& slot : slots_->of(backend_of(name))) place_backend(store, *tables, *slot);
  }
  last_ = tables;
  return tables;
}

std::shared_ptr<const HostTable> TablesBuilder::host_table(const model::Store& store, const std::string& name,
                                                           bool prefers_local) {
  const model::ResourcePtr resource = store.find(name);
  if (resource == nullptr) return nullptr;
  forget_unused();
  auto& held = hosts_[name];
  if (auto table = held.table.lock(); table && held.hash == resource->hash() && held.prefers_local == prefers_local) {
    return table;
  }
  auto table = HostTable::make(
      resource->host(), [&](const std::string& backend) { return slots_->get(backend, prefers_local); },
      [&](const model::v1::HttpAction& action) {
        return registry_ ? registry_->series(action.route(), action.rule()) : nullptr;
      });
  held = {resource->hash(), prefers_local, table};
  return table;
}

void TablesBuilder::forget_unused() {
  if (hosts_.size() < forget_at_) return;
  std::erase_if(hosts_, [](const auto& held) { return held.second.table.expired(); });
  forget_at_ = 2 * hosts_.size() + kForgetAt;
}

std::shared_ptr<const RouteTable> TablesBuilder::route_table(const model::Store& store, const std::string& name) {
  const model::ResourcePtr frontend = store.find(name);
  if (frontend == nullptr || frontend->frontend().table_case() != model::v1::Frontend::kHttp) return nullptr;
  const bool prefers_local = !model::preferred_node(frontend->frontend(), node_).empty();
  std::vector<RouteTable::Host> hosts;
  if (const model::ResourcePtr table = store.find(frontend->frontend().http())) {
    for (const auto& ref : table->http().hosts()) {
      if (auto host = host_table(store, ref.host(), prefers_local))
        hosts.push_back({ref.hostname(), ref.host(), std::move(host)});
    }
  }
  return std::make_shared<RouteTable>(name, frontend->frontend(), std::move(hosts));
}

void TablesBuilder::add_places(const RouteTable& table, std::set<SocketAddress>& places) {
  for (const auto& address : table.origin().addresses()) places.insert(SocketAddress::make(address.ip(), table.port()));
}

void TablesBuilder::rebuild_ports(Tables& tables, const std::set<SocketAddress>& places) {
  if (places.empty()) return;
  std::map<SocketAddress, std::shared_ptr<PortTable>> made;
  for (const auto& [name, table] : tables.frontends_) {
    std::set<SocketAddress> own;
    add_places(*table, own);
    for (const SocketAddress& place : own) {
      if (!places.contains(place)) continue;
      auto& port = made[place];
      if (port == nullptr) port = std::make_shared<PortTable>();
      port->insert(table);
    }
  }
  for (const SocketAddress& place : places) tables.ports_.erase(place);
  for (auto& [place, port] : made) tables.ports_[place] = std::move(port);
}

void TablesBuilder::place_backend(const model::Store& store, Tables& tables, const BackendSlot& slot) {
  if (slot.index >= tables.backends_.size()) tables.backends_.resize(slot.index + 1);
  const model::ResourcePtr resource = store.find(slot.name);
  if (resource == nullptr) {
    tables.backends_[slot.index] = nullptr;
    return;
  }
  auto backend = std::make_shared<Backend>();
  backend->origin = resource->backend();
  backend->http2 = is_clear_http2(backend->origin.app_protocol());
  if (const model::ResourcePtr found = store.find(backend->origin.endpoints())) {
    const auto ready = model::choose_ready(found->endpoints(), slot.prefers_local ? node_ : std::string_view());
    for (const auto* endpoint : ready.chosen) {
      backend->ready.push_back(
          SocketAddress::make(endpoint->address().ip(), static_cast<std::uint16_t>(endpoint->port())));
    }
  }
  tables.backends_[slot.index] = std::move(backend);
}

}  // namespace sluice::l7
