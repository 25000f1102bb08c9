#include "userspace/l7/router.h"

namespace sluice::l7 {

RouteTable::RouteTable(std::string frontend, model::v1::Frontend origin, std::vector<Host> hosts)
    : frontend_(std::move(frontend)), origin_(std::move(origin)) {
  links_.reserve(hosts.size());
  std::unordered_map<std::string_view, const Link*> by_name;
  for (Host& host : hosts) {
    Link& link = links_.emplace_back(std::move(host.table), std::move(host.name), nullptr);
    by_name[link.name] = &link;
    hosts_.insert(host.hostname, &link);
  }
  for (Link& link : links_) {
    const auto next = by_name.find(link.table->next());
    if (next != by_name.end() && next->second != &link) link.next = next->second;
  }
}

const RouteTable::Link* RouteTable::first(std::string_view host) const {
  const Link* const* found = hosts_.find(host);
  return found == nullptr ? nullptr : *found;
}

Decision RouteTable::route(const RequestView& request) const {
  const Link* link = first(request.host);
  if (link == nullptr) return {.reason = Reason::kNoHost};
  for (; link != nullptr; link = link->next) {
    const Entry* entry = link->table->find(request);
    if (entry == nullptr) continue;
    return {link->table.get(), entry, &link->table->action(*entry), Reason::kForwarded};
  }
  return {.reason = Reason::kNoRule};
}

void PortTable::insert(std::shared_ptr<const RouteTable> table) {
  tls_ = tls_ || table->tls();
  const std::string& hostname = table->origin().hostname();
  tables_.insert(hostname, std::move(table));
}

const RouteTable* PortTable::select(std::string_view hostname) const {
  const std::shared_ptr<const RouteTable>* found = tables_.find(hostname);
  return found == nullptr ? nullptr : found->get();
}

}  // namespace sluice::l7
