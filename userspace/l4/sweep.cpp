#include "userspace/l4/sweep.h"

#include <bpf/bpf.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sluice/bpf/flow.h"

namespace sluice::l4 {
namespace {

constexpr std::uint32_t kBatch = 4096;

/// Jiffies wrap, and a packet may have come since `now` was read.
bool is_over(std::uint32_t now, std::uint32_t since, std::uint32_t timeout) {
  return static_cast<std::int32_t>(now - since) > static_cast<std::int64_t>(timeout);
}

std::uint32_t flow_timeout_of(const config& settings, std::uint32_t state) {
  constexpr std::uint32_t kBothFins = FLOW_FIN_CLIENT | FLOW_FIN_BACKEND;
  if ((state & FLOW_TCP) == 0) return settings.timeout[TIMEOUT_UDP];
  if ((state & FLOW_RESET) != 0) return settings.timeout[TIMEOUT_RST];
  if ((state & kBothFins) == kBothFins) return settings.timeout[TIMEOUT_TIME_WAIT];
  if ((state & kBothFins) != 0) return settings.timeout[TIMEOUT_FIN];
  return settings.timeout[TIMEOUT_ESTABLISHED];
}

/// What differs between the families: their structs.
struct V4 {
  using Key = flow_key4;
  using Flow = flow4;
  using Half = half4;
};
struct V6 {
  using Key = flow_key6;
  using Flow = flow6;
  using Half = half6;
};

template <class To, class From>
void copy_address(To& to, const From& from) {
  static_assert(sizeof(to) == sizeof(from));
  std::memcpy(&to, &from, sizeof(to));
}

/// The other entry's key: this rewrite turned round.
template <class Family>
typename Family::Key other_key(const typename Family::Key& key, const typename Family::Flow& flow) {
  typename Family::Key other{};
  copy_address(other.source, flow.destination);
  copy_address(other.destination, flow.source);
  other.source_port = flow.head.destination_port;
  other.destination_port = flow.head.source_port;
  other.protocol = key.protocol;
  return other;
}

template <class Key>
struct BytesHash {
  std::size_t operator()(const Key& key) const {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(&key), sizeof(key)});
  }
};
template <class Key>
struct BytesEqual {
  bool operator()(const Key& left, const Key& right) const { return std::memcmp(&left, &right, sizeof(Key)) == 0; }
};

/// An entry that looked over at the last round.
struct Suspect {
  std::uint32_t id;
  std::uint32_t last;
};
template <class Key>
using Suspects = std::unordered_map<Key, Suspect, BytesHash<Key>, BytesEqual<Key>>;

/// Walks a hash map in batches.
template <class Key, class Value>
class Walk {
 public:
  explicit Walk(int map) : map_(map), keys_(kBatch), values_(kBatch) {}

  /// False: that was the last batch.
  template <class Visit>
  bool step(Visit visit) {
    std::uint32_t count = kBatch;
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    const int failed = bpf_map_lookup_batch(map_, started_ ? &cursor_ : nullptr, &next_, keys_.data(), values_.data(),
                                            &count, &options);
    const bool more = failed == 0;
    for (std::uint32_t i = 0; (more || failed == -ENOENT) && i < count; ++i) visit(keys_[i], values_[i]);
    cursor_ = next_;
    started_ = more;
    return more;
  }

 private:
  int map_;
  std::vector<Key> keys_;
  std::vector<Value> values_;
  std::array<std::uint8_t, 64> cursor_{};
  std::array<std::uint8_t, 64> next_{};
  bool started_ = false;
};

/// Both tables of a family.
template <class Family>
class FamilySweep {
 public:
  using Key = typename Family::Key;
  using Flow = typename Family::Flow;
  using Half = typename Family::Half;

  FamilySweep(FlowMaps maps, const config& settings, const Sweep::Departed& departed)
      : maps_(maps), settings_(settings), departed_(departed), flows_(maps.flows), halves_(maps.half) {}

  /// True: a round has ended.
  bool step(std::uint32_t now) {
    if (in_halves_) {
      const bool more = halves_.step([&](const Key& key, const Half& half) { look(key, half, now); });
      if (more) return false;
      in_halves_ = false;
      finish_round();
      return true;
    }
    in_halves_ = !flows_.step([&](const Key& key, const Flow& flow) { look(key, flow, now); });
    return false;
  }

  FlowCounts done;

 private:
  void look(const Key& key, const Flow& flow, std::uint32_t now) {
    ++now_counts_.flows;
    if (flow.head.id == 0) return;
    const bool forward = (flow.head.state & FLOW_REPLY) == 0;
    const bool tcp = (flow.head.state & FLOW_TCP) != 0;
    if (forward) ++(tcp ? now_counts_.active_tcp : now_counts_.active_udp);
    if (is_over(now, flow.head.last, flow_timeout_of(settings_, flow.head.state))) {
      if (suspicious(key, flow.head.id, flow.head.last)) end_idle(key, flow, now);
    } else if (forward && departed(flow, tcp, now)) {
      end(key, other_key<Family>(key, flow));
    }
  }

  void look(const Key& key, const Half& half, std::uint32_t now) {
    ++now_counts_.half;
    if (half.head.id == 0) return;
    const bool tcp = key.protocol == IPPROTO_TCP;
    const auto timeout = settings_.timeout[tcp ? TIMEOUT_SYN : TIMEOUT_UDP_ONE_WAY];
    if (is_over(now, half.head.last, timeout) && suspicious(key, half.head.id, half.head.last)) {
      (void)bpf_map_delete_elem(maps_.half, &key);
      ++done.ended;
    }
  }

  /// Unchanged since the last round?
  bool suspicious(const Key& key, std::uint32_t id, std::uint32_t last) {
    const auto before = suspects_.find(key);
    if (before != suspects_.end() && before->second.id == id && before->second.last == last) return true;
    next_suspects_[key] = {id, last};
    return false;
  }

  bool departed(const Flow& flow, bool tcp, std::uint32_t now) const {
    const auto since = departed_({flow.head.service, flow.tail.backend}, now);
    return since && (!tcp || is_over(now, *since, settings_.timeout[TIMEOUT_DRAIN]));
  }

  /// A direction that is idle does not end a flow whose other one is not.
  void end_idle(const Key& key, const Flow& flow, std::uint32_t now) {
    const Key other = other_key<Family>(key, flow);
    Flow twin;
    // The batch is a copy: its twin may have ended this flow a moment ago, and a new one begun in its place.
    if (bpf_map_lookup_elem(maps_.flows, &key, &twin) != 0 || twin.head.id != flow.head.id) return;
    const bool has_twin = bpf_map_lookup_elem(maps_.flows, &other, &twin) == 0 && twin.head.id == flow.head.id;
    if (has_twin && !is_over(now, twin.head.last, flow_timeout_of(settings_, twin.head.state))) return;
    (flow.head.state & FLOW_REPLY) == 0 ? end(key, other) : end(other, key);
  }

  void end(const Key& forward, const Key& reverse) {
    (void)bpf_map_delete_elem(maps_.flows, &forward);
    (void)bpf_map_delete_elem(maps_.half, &reverse);
    (void)bpf_map_delete_elem(maps_.flows, &reverse);
    ++done.ended;
  }

  void finish_round() {
    now_counts_.ended = done.ended;
    done = std::exchange(now_counts_, {});
    suspects_ = std::exchange(next_suspects_, {});
  }

  FlowMaps maps_;
  const config& settings_;
  const Sweep::Departed& departed_;
  Walk<Key, Flow> flows_;
  Walk<Key, Half> halves_;
  bool in_halves_ = false;
  FlowCounts now_counts_;
  Suspects<Key> suspects_;
  Suspects<Key> next_suspects_;
};

}  // namespace

struct Sweep::State {
  State(FlowMaps maps4, FlowMaps maps6, const config& settings, Departed how)
      : departed(std::move(how)), v4(maps4, settings, departed), v6(maps6, settings, departed) {}
  Departed departed;
  FamilySweep<V4> v4;
  FamilySweep<V6> v6;
  bool in_v6 = false;
};

Sweep::Sweep(FlowMaps v4, FlowMaps v6, const config& settings, Departed departed)
    : state_(std::make_unique<State>(v4, v6, settings, std::move(departed))) {}

Sweep::~Sweep() = default;

bool Sweep::step(std::uint32_t now_jiffies) {
  if (state_->in_v6) {
    const bool ended = state_->v6.step(now_jiffies);
    state_->in_v6 = !ended;
    return ended;
  }
  state_->in_v6 = state_->v4.step(now_jiffies);
  return false;
}

FlowCounts Sweep::counts() const {
  const auto& v4 = state_->v4.done;
  const auto& v6 = state_->v6.done;
  return {v4.flows + v6.flows, v4.half + v6.half, v4.active_tcp + v6.active_tcp, v4.active_udp + v6.active_udp,
          v4.ended + v6.ended};
}

}  // namespace sluice::l4
