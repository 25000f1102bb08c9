// Lookup by hostname as the Gateway API ranks names: one rule for Host, for SNI, and for explain.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sluice::model {

/// Names to values, found by exact name, then by the longest wildcard ("*.example.com", one label or more), then "".
template <class T>
class HostnameMap {
 public:
  void insert(const std::string& hostname, T value) { by_name_[hostname] = std::move(value); }

  /// nullptr when nothing takes `host` (lower case, no port).
  [[nodiscard]] const T* find(std::string_view host) const {
    if (const auto exact = by_name_.find(host); exact != by_name_.end() && !host.starts_with('*'))
      return &exact->second;
    for (auto dot = host.find('.'); dot != std::string_view::npos && dot > 0; dot = host.find('.', dot + 1)) {
      if (const auto below = by_name_.find(Wildcard{host.substr(dot)}); below != by_name_.end()) return &below->second;
    }
    const auto any = by_name_.find(std::string_view{});
    return any == by_name_.end() ? nullptr : &any->second;
  }

  [[nodiscard]] const auto& all() const { return by_name_; }

 private:
  struct Wildcard {
    std::string_view suffix;  ///< from the dot
  };
  struct Hash {
    using is_transparent = void;
    static constexpr std::size_t kWildcard = 0x2a;
    std::size_t operator()(std::string_view name) const {
      if (name.starts_with("*.")) return (*this)(Wildcard{name.substr(1)});
      return std::hash<std::string_view>{}(name);
    }
    std::size_t operator()(Wildcard name) const { return std::hash<std::string_view>{}(name.suffix) ^ kWildcard; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
    bool operator()(Wildcard a, std::string_view b) const { return b.starts_with('*') && b.substr(1) == a.suffix; }
    bool operator()(std::string_view a, Wildcard b) const { return (*this)(b, a); }
  };
  std::unordered_map<std::string, T, Hash, Equal> by_name_;
};

}  // namespace sluice::model
