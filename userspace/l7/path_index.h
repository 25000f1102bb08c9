// The entries of one host by path: exact paths by hash, prefixes by a trie of segments, regular expressions in a list.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "userspace/l7/match.h"

namespace sluice::l7 {

/// Positions of entries in the host's list. Entries are in order of rank, so a position is a rank.
using Candidates = std::vector<std::uint32_t>;

class PathIndex {
 public:
  PathIndex() = default;
  /// `entries` is borrowed for the call.
  explicit PathIndex(std::span<const Entry> entries);

  /// Entries whose path is exactly `path`; nullptr when there is none.
  [[nodiscard]] const Candidates* exact(std::string_view path) const;

  /// Entries with a regular expression or without a path, in order; the caller asks each.
  [[nodiscard]] const Candidates& unindexed() const { return unindexed_; }

  /// Calls `visit(const Candidates&)` for each prefix that covers `path`, the longest first. Allocates nothing.
  template <class Visit>
  void each_prefix(std::string_view path, Visit&& visit) const {
    for (std::uint32_t node = deepest(path); node != kNone; node = nodes_[node].enclosing) {
      visit(nodes_[node].candidates);
    }
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Node {
    Candidates candidates;
    std::uint32_t enclosing = kNone;  ///< nearest node above that has candidates
  };
  struct Edge {
    std::uint32_t node;
    std::string segment;
  };
  struct EdgeView {
    std::uint32_t node;
    std::string_view segment;
  };
  struct EdgeHash {
    using is_transparent = void;
    std::size_t operator()(const EdgeView& edge) const {
      return std::hash<std::string_view>{}(edge.segment) ^ (edge.node * 0x9e3779b97f4a7c15ULL);
    }
    std::size_t operator()(const Edge& edge) const { return (*this)(EdgeView{edge.node, edge.segment}); }
  };
  struct EdgeEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.node == b.node && a.segment == b.segment;
    }
  };
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  /// The deepest node with candidates on the way of `path`, or kNone.
  [[nodiscard]] std::uint32_t deepest(std::string_view path) const;
  void insert_prefix(std::string_view prefix, std::uint32_t position);
  void link_enclosing();

  std::unordered_map<std::string, Candidates, StringHash, std::equal_to<>> exact_;
  std::unordered_map<Edge, std::uint32_t, EdgeHash, EdgeEqual> edges_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> parents_;
  Candidates unindexed_;
};

}  // namespace sluice::l7
