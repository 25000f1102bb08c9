#include "userspace/l7/path_index.h"

namespace sluice::l7 {
namespace {

// Takes the first segment off `rest`, which starts with '/' or is empty.
std::string_view next_segment(std::string_view& rest) {
  rest.remove_prefix(1);
  const auto end = std::min(rest.find('/'), rest.size());
  const auto segment = rest.substr(0, end);
  rest.remove_prefix(end);
  return segment;
}

}  // namespace

PathIndex::PathIndex(std::span<const Entry> entries) {
  nodes_.emplace_back();
  parents_.push_back(kNone);
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    switch (entry.path_kind) {
      case PathKind::kExact:
        exact_[entry.path].push_back(i);
        break;
      case PathKind::kPrefix:
        insert_prefix(entry.path, i);
        break;
      case PathKind::kAny:
      case PathKind::kRegex:
        unindexed_.push_back(i);
        break;
    }
  }
  link_enclosing();
}

const Candidates* PathIndex::exact(std::string_view path) const {
  if (exact_.empty()) return nullptr;
  const auto found = exact_.find(path);
  return found == exact_.end() ? nullptr : &found->second;
}

void PathIndex::insert_prefix(std::string_view prefix, std::uint32_t position) {
  std::uint32_t node = 0;
  std::string_view rest = prefix == "/" ? std::string_view{} : prefix;
  while (!rest.empty()) {
    const auto segment = next_segment(rest);
    const auto [edge, added] =
        edges_.try_emplace(Edge{node, std::string(segment)}, static_cast<std::uint32_t>(nodes_.size()));
    if (added) {
      nodes_.emplace_back();
      parents_.push_back(node);
    }
    node = edge->second;
  }
  nodes_[node].candidates.push_back(position);
}

// Parents come before their children, so one pass in order of creation is enough.
void PathIndex::link_enclosing() {
  for (std::uint32_t node = 1; node < nodes_.size(); ++node) {
    const std::uint32_t parent = parents_[node];
    nodes_[node].enclosing = nodes_[parent].candidates.empty() ? nodes_[parent].enclosing : parent;
  }
  parents_.clear();
  parents_.shrink_to_fit();
}

std::uint32_t PathIndex::deepest(std::string_view path) const {
  if (nodes_.empty()) return kNone;
  std::uint32_t node = 0;
  std::uint32_t best = nodes_[0].candidates.empty() ? kNone : 0;
  if (!path.starts_with('/')) return best;  // "*": / takes every request
  std::string_view rest = path;
  while (!rest.empty() && !edges_.empty()) {
    const auto edge = edges_.find(EdgeView{node, next_segment(rest)});
    if (edge == edges_.end()) break;
    node = edge->second;
    if (!nodes_[node].candidates.empty()) best = node;
  }
  return best;
}

}  // namespace sluice::l7
