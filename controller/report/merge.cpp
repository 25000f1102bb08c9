#include "controller/report/merge.h"

#include <array>
#include <boost/json.hpp>

#include "controller/api/address_pool.h"
#include "controller/api/gateway.h"
#include "controller/api/policy.h"
#include "controller/report/raw_object.h"
#include "controller/report/status_list.h"
#include "controller/source/kubernetes/raw_json.h"

namespace sluice::report {
namespace {

namespace json = boost::json;

enum class How : std::uint8_t { kValue, kConditions, kListeners, kParents, kAncestors };

/// A field of a status that we write.
struct Field {
  std::string_view name;
  How how = How::kValue;
  std::size_t limit = 0;  ///< items of a kValue list; 0: no list
};

constexpr std::array kOfClass{Field{"conditions", How::kConditions}, Field{"supportedFeatures", How::kValue, 64}};
constexpr std::array kOfGateway{Field{"addresses", How::kValue, 16}, Field{"attachedListenerSets"},
                                Field{"conditions", How::kConditions}, Field{"listeners", How::kListeners}};
constexpr std::array kOfSet{Field{"conditions", How::kConditions}, Field{"listeners", How::kListeners}};
constexpr std::array kOfPool{Field{"conditions", How::kConditions}, Field{"total"}, Field{"used"}};
constexpr std::array kOfPolicy{Field{"ancestors", How::kAncestors}};
constexpr std::array kOfRoute{Field{"parents", How::kParents}};

std::span<const Field> fields_of(std::string_view kind) {
  if (kind == api::GatewayClass::kKind) return kOfClass;
  if (kind == api::Gateway::kKind) return kOfGateway;
  if (kind == api::ListenerSet::kKind) return kOfSet;
  if (kind == api::BackendTlsPolicy::kKind) return kOfPolicy;
  if (kind == api::AddressPool::kKind) return kOfPool;
  return kOfRoute;
}

constexpr SharedList kParents{.key = "parentRef", .limit = 32};
constexpr SharedList kAncestors{.key = "ancestorRef", .limit = 16};

/// A field's new text; nullopt where it stays as it is.
using Change = std::optional<std::string>;

class Merger {
 public:
  Merger(const kubernetes::StatusRecord& record, const MergeTime& at)
      : stored_(record.status),
        at_(at),
        newer_(is_newer(kubernetes::raw_member(stored_, "conditions"), at.generation)) {}

  /// Of a field that we want; null: none of it.
  Change change(const Field& field, const json::value* wanted) {
    const auto before = kubernetes::raw_member(stored_, field.name);
    if (field.how == How::kValue) return value(field, before, wanted);
    static const json::array kNone;
    const json::array& items = wanted != nullptr ? wanted->as_array() : kNone;
    if (field.how == How::kConditions) return conditions(before, items);
    if (field.how == How::kListeners) return newer_ ? Change() : list(field, merge_listeners(before, items, at_));
    return list(field, merge_shared(field.how == How::kParents ? kParents : kAncestors, before, items, at_));
  }

  std::vector<std::string> take_left_out() { return std::move(left_out_); }

 private:
  Change value(const Field& field, std::optional<std::string_view> before, const json::value* wanted) {
    if (newer_) return std::nullopt;
    if (wanted == nullptr) return before && !is_nothing(*before) ? Change("") : std::nullopt;
    json::value now = *wanted;
    if (field.limit > 0 && now.as_array().size() > field.limit) {
      left_out_.push_back(std::string(field.name) + ": " + std::to_string(now.get_array().size()) + ", room for " +
                          std::to_string(field.limit));
      now.get_array().resize(field.limit);
    }
    return says(before, now) ? std::nullopt : Change(json::serialize(now));
  }

  static bool is_nothing(std::string_view text) { return text == "null"; }

  Change conditions(std::optional<std::string_view> before, const json::array& wanted) {
    const auto merged = merge_conditions(before, wanted, at_);
    for (const auto& type : merged.left_out) {
      left_out_.push_back("condition " + type + ": " + std::to_string(kMaxConditions) + " are there");
    }
    return merged.differs ? Change(list_of(merged.items)) : std::nullopt;
  }

  Change list(const Field& field, MergedList merged) {
    for (auto& line : merged.left_out) left_out_.push_back(std::string(field.name) + ": " + line);
    return merged.differs ? Change(list_of(merged.items)) : std::nullopt;
  }

  std::string_view stored_;
  MergeTime at_;
  bool newer_;  ///< what stands beside the conditions was made from a later generation than ours
  std::vector<std::string> left_out_;
};

bool is_shared(const Field& field) {
  return field.how == How::kParents || field.how == How::kAncestors;
}

}  // namespace

Merged merge(std::string_view kind, const kubernetes::StatusRecord& record, const json::object* wanted,
             const MergeTime& at) {
  Merger merger(record, at);
  const bool has_status = parsed(record.status).is_object();
  kubernetes::JsonPatch patch(record.resource_version);
  std::string fresh = "{}";
  bool differs = false;
  for (const auto& field : fields_of(kind)) {
    if (wanted == nullptr && !is_shared(field)) continue;
    const auto change = merger.change(field, wanted != nullptr ? wanted->if_contains(field.name) : nullptr);
    if (!change) continue;
    differs = true;
    if (!has_status) {
      fresh = with_member(fresh, field.name, *change);
    } else if (change->empty()) {
      patch.remove({"status", field.name});
    } else {
      patch.add({"status", field.name}, *change);
    }
  }
  Merged out{.patch = std::nullopt, .left_out = merger.take_left_out()};
  if (!differs) return out;
  if (!has_status) patch.add({"status"}, fresh);
  out.patch = std::move(patch);
  return out;
}

}  // namespace sluice::report
