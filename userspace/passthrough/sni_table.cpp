#include "userspace/passthrough/sni_table.h"

#include <algorithm>
#include <utility>

#include "userspace/model/locality.h"

namespace sluice::passthrough {

const Target* Entry::pick() const {
  if (total_weight == 0) return nullptr;
  // Weyl sequence of the golden section: shares are even in every window, not only in the long run.
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  const std::uint64_t point = (turn.fetch_add(1, std::memory_order_relaxed) + std::uint64_t{1}) * kGolden;
  // point / 2^64 * total_weight, by halves: total_weight is a sum of 32-bit weights.
  auto ticket =
      static_cast<std::uint64_t>(static_cast<double>(point >> 11) * 0x1p-53 * static_cast<double>(total_weight));
  for (const Target& target : targets) {
    if (ticket < target.weight) return &target;
    ticket -= target.weight;
  }
  return &targets.back();
}

SniRoutes::SniRoutes(const model::v1::SniTable& table) {
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& origin : table.entries()) {
    auto entry = std::make_unique<Entry>();
    entry->origin = origin;
    for (const auto& weighted : origin.backends()) {
      if (weighted.weight() == 0) continue;
      const auto [place, fresh] = places.try_emplace(weighted.backend(), backend_names_.size());
      if (fresh) backend_names_.push_back(weighted.backend());
      entry->targets.push_back({place->second, weighted.weight()});
      entry->total_weight += weighted.weight();
    }
    entries_.push_back(std::move(entry));
  }
  std::ranges::stable_sort(entries_, {}, [](const auto& entry) { return entry->origin.rank(); });
  // Of two routes with one name the smaller rank serves: it is inserted last.
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
    names_.insert((*entry)->origin.hostname(), entry->get());
}

const Entry* SniRoutes::find(std::string_view server_name) const {
  const Entry* const* found = names_.find(server_name);
  return found == nullptr ? nullptr : *found;
}

SniTable::Choice SniTable::choose(std::string_view server_name) const {
  Choice choice{.entry = routes_->find(server_name)};
  if (choice.entry == nullptr) {
    choice.refusal = server_name.empty() ? Reason::kNoSni : Reason::kUnknownName;
  } else if (const Target* target = choice.entry->pick()) {
    choice.backend = backends_[target->backend];
    choice.refusal = choice.backend->refusal;
  } else {
    choice.refusal = Reason::kNoBackend;
  }
  return choice;
}

std::shared_ptr<const SniTable> SniTableBuilder::build(const model::Store& store, const std::string& name,
                                                       std::string_view preferred) {
  const model::ResourcePtr resource = store.find(name);
  if (resource == nullptr) return nullptr;
  forget_unused();
  auto& held = routes_[name];
  auto routes = held.routes.lock();
  if (routes == nullptr || held.hash != resource->hash()) {
    routes = std::make_shared<const SniRoutes>(resource->sni());
    held = {resource->hash(), routes};
  }
  std::vector<std::shared_ptr<const Backend>> backends;
  backends.reserve(routes->backend_names().size());
  for (const auto& backend_name : routes->backend_names()) backends.push_back(backend(store, backend_name, preferred));
  return std::make_shared<const SniTable>(std::move(routes), std::move(backends));
}

void SniTableBuilder::forget_unused() {
  if (routes_.size() + backends_.size() < forget_at_) return;
  std::erase_if(routes_, [](const auto& held) { return held.second.routes.expired(); });
  std::erase_if(backends_, [](const auto& held) { return held.second.backend.expired(); });
  forget_at_ = 2 * (routes_.size() + backends_.size()) + kForgetAt;
}

std::shared_ptr<const Backend> SniTableBuilder::backend(const model::Store& store, const std::string& name,
                                                        std::string_view preferred) {
  const model::ResourcePtr resource = store.find(name);
  const model::ResourcePtr found =
      resource == nullptr ? nullptr : store.find(std::string_view(resource->backend().endpoints()));
  std::string hash;
  if (resource != nullptr) hash += resource->hash();
  if (found != nullptr) hash += found->hash() + found->name();
  auto& held = backends_[{name, std::string(preferred)}];
  if (auto same = held.backend.lock(); same != nullptr && held.hash == hash) return same;

  auto made = std::make_shared<Backend>();
  made->name = name;
  if (found != nullptr) {
    for (const auto* endpoint : model::choose_ready(found->endpoints(), preferred).chosen) {
      made->ready.push_back(
          transport::Address::make(endpoint->address().ip(), static_cast<std::uint16_t>(endpoint->port())));
    }
  }
  if (resource == nullptr || resource->backend().state() == model::v1::Backend::INVALID)
    made->refusal = Reason::kInvalidBackend;
  else if (made->ready.empty())
    made->refusal = Reason::kNoEndpoints;
  held = {std::move(hash), made};
  return made;
}

}  // namespace sluice::passthrough
