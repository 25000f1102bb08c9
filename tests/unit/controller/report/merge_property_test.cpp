// Whatever others do to a status: theirs survives byte for byte, ours comes out as it is wanted, and a second merge has
// nothing to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <random>

#include "controller/report/merge.h"
#include "controller/report/raw_object.h"
#include "controller/source/kubernetes/raw_json.h"
#include "tests/unit/controller/report/fake_cluster.h"

namespace sluice::report {
namespace {

constexpr int kEdits = 3'400;  // of each kind: 10,000 and more
constexpr const char* kOurs = "sluice.dev/gateway-controller";

using Items = std::vector<std::string>;

/// One list of one object that two controllers write to.
class Shared {
 public:
  Shared(std::string kind, std::string list, std::string key, unsigned seed)
      : kind_(std::move(kind)), list_(std::move(list)), key_(std::move(key)), random_(seed) {}

  void run() {
    for (int edit = 0; edit < kEdits; ++edit) {
      SCOPED_TRACE("edit " + std::to_string(edit));
      edit_theirs();
      edit_wanted();
      const Items before = foreign();
      const auto merged = merge_once();
      if (merged.patch) {
        apply(*merged.patch);
        ASSERT_FALSE(merge_once().patch.has_value()) << status_;
      }
      ASSERT_EQ(foreign(), before);
      expect_ours(merged.left_out.size());
      if (testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  std::size_t draw(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  std::string space() { return std::string(draw(3), ' '); }

  /// An entry of another controller, written as nobody else would.
  std::string foreign_entry() {
    const std::string number = std::to_string(++serial_);
    std::string out = "{" + space() + "\"" + key_ + "\":" + space() + "{\"name\":\"x" + number + "\"}," + space();
    out += draw(2) == 0 ? R"("controllerName" : "example.com\/other",)" : R"("controllerName":"example.com/other",)";
    out += R"("conditions":[{"type":"Accepted","status":"True","observedGeneration":9e0,"message":"}],\"é\u00e9"}])";
    return out + space() + "}";
  }

  Items items() const {
    Items out;
    const auto list = kubernetes::raw_member(status_, list_);
    for (const auto item :
         (list ? kubernetes::raw_items(*list) : std::nullopt).value_or(std::vector<std::string_view>{}))
      out.emplace_back(item);
    return out;
  }

  static bool is_ours(const std::string& item) { return item.contains(kOurs); }

  Items foreign() const {
    Items out = items();
    std::erase_if(out, is_ours);
    return out;
  }

  /// Adds, takes out and reorders entries, ours as well, and writes into ours.
  void edit_theirs() {
    Items now = items();
    for (auto edits = draw(3); edits > 0; --edits) {
      switch (draw(5)) {
        case 0:
          if (now.size() < 7)
            now.insert(now.begin() + static_cast<std::ptrdiff_t>(draw(now.size() + 1)), foreign_entry());
          break;
        case 1:
          if (!now.empty()) now.erase(now.begin() + static_cast<std::ptrdiff_t>(draw(now.size())));
          break;
        case 2:
          std::ranges::shuffle(now, random_);
          break;
        case 3:
          if (!now.empty()) {
            auto& entry = now[draw(now.size())];
            if (is_ours(entry)) entry = with_foreign_condition(entry);
          }
          break;
        default:
          if (!now.empty()) now.push_back(now[draw(now.size())]);
      }
    }
    if (now.size() > 8) now.resize(8);
    status_ = edited(status_, list_, list_of(now));
  }

  std::string with_foreign_condition(const std::string& entry) {
    const auto conditions = *kubernetes::raw_member(entry, "conditions");
    Items list;
    const auto there = *kubernetes::raw_items(conditions);
    for (const auto item : there) list.emplace_back(item);
    if (list.size() < 4) list.emplace_back(R"({ "type" :"example.com/Seen", "n":1E1 })");
    std::ranges::shuffle(list, random_);
    return edited(entry, "conditions", list_of(list));
  }

  void edit_wanted() {
    if (draw(3) != 0) return;
    generation_ += static_cast<std::int64_t>(draw(2));
    wanted_.clear();
    for (const std::string name : {"a", "b", "c"}) {
      if (draw(3) == 0) continue;
      boost::json::array conditions;
      for (const std::string type : {"Accepted", "PartiallyInvalid", "ResolvedRefs"}) {
        if (draw(4) == 0) continue;
        conditions.push_back(
            {{"type", type}, {"status", draw(2) == 0 ? "True" : "False"}, {"reason", "R"}, {"message", "m"}});
      }
      wanted_.push_back({{key_, {{"name", name}}}, {"controllerName", kOurs}, {"conditions", conditions}});
    }
  }

  Merged merge_once() const {
    kubernetes::StatusRecord record;
    record.resource_version = "1";
    record.status = status_;
    const boost::json::object wanted{{list_, wanted_}};
    return merge(kind_, record, wanted_.empty() ? nullptr : &wanted,
                 {.generation = generation_, .now = "2026-03-01T00:00:00Z"});
  }

  void apply(const kubernetes::JsonPatch& patch) {
    const std::string text = patch.text();
    const auto operations = *kubernetes::raw_items(text);
    ASSERT_EQ(operations.size(), 2U);
    const auto path = parsed(operations[1]).at("path");
    const std::string value(*kubernetes::raw_member(operations[1], "value"));
    status_ = path == "/status" ? value : edited(status_, list_, value);
  }

  /// Each that is wanted is there once, with our conditions as they are wanted; none besides.
  void expect_ours(std::size_t left_out) const {
    std::size_t found = 0;
    for (const auto& item : items()) {
      if (!is_ours(item)) continue;
      const auto entry = parsed(item);
      ++found;
      const auto want = std::ranges::find_if(wanted_, [&](const auto& one) { return one.at(key_) == entry.at(key_); });
      ASSERT_NE(want, wanted_.end()) << item;
      boost::json::array ours;
      for (const auto& condition : entry.at("conditions").as_array()) {
        if (condition.at("type").as_string().starts_with("example.com")) continue;
        ASSERT_EQ(condition.at("observedGeneration"), generation_);
        ours.push_back(condition);
      }
      ASSERT_EQ(ours.size(), want->at("conditions").as_array().size());
      for (const auto& condition : want->at("conditions").as_array()) {
        ASSERT_TRUE(std::ranges::any_of(ours, [&](const auto& one) {
          return one.at("type") == condition.at("type") && one.at("status") == condition.at("status");
        })) << item;
      }
    }
    ASSERT_EQ(found + left_out, wanted_.size()) << status_;
  }

  std::string kind_, list_, key_;
  std::mt19937 random_;
  std::string status_;
  boost::json::array wanted_;
  std::int64_t generation_ = 1;
  int serial_ = 0;
};

TEST(MergeProperty, ForeignParentsSurviveRandomEdits) {
  Shared("HTTPRoute", "parents", "parentRef", 1).run();
}

TEST(MergeProperty, ForeignAncestorsSurviveRandomEdits) {
  Shared("BackendTLSPolicy", "ancestors", "ancestorRef", 2).run();
}

/// A Gateway's listeners and conditions, in which others have conditions.
class SharedGateway {
 public:
  void run() {
    for (int edit = 0; edit < kEdits; ++edit) {
      SCOPED_TRACE("edit " + std::to_string(edit));
      edit_theirs();
      edit_wanted();
      const Items before = foreign();
      const auto merged = merge_once();
      if (merged.patch) {
        apply(*merged.patch);
        ASSERT_FALSE(merge_once().patch.has_value()) << status_;
      }
      ASSERT_EQ(foreign(), before) << status_;
      if (testing::Test::HasFatalFailure()) return;
    }
  }

 private:
  std::size_t draw(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

  static std::vector<std::string_view> list_in(std::string_view object, std::string_view key) {
    const auto list = kubernetes::raw_member(object, key);
    return (list ? kubernetes::raw_items(*list) : std::nullopt).value_or(std::vector<std::string_view>{});
  }

  /// Each with the place that it is in.
  Items foreign() const {
    Items out;
    const auto add = [&](const std::string& place, std::string_view holder) {
      for (const auto item : list_in(holder, "conditions")) {
        if (item.find("example.com") != std::string_view::npos) out.push_back(place + std::string(item));
      }
    };
    add("", status_);
    for (const auto listener : list_in(status_, "listeners")) {
      add(std::string(*kubernetes::raw_member(listener, "name")), listener);
    }
    std::ranges::sort(out);
    return out;
  }

  std::string with_foreign(std::string_view holder) {
    Items list;
    for (const auto item : list_in(holder, "conditions")) list.emplace_back(item);
    const auto theirs = std::ranges::find_if(list, [](const auto& item) { return item.contains("example.com"); });
    if (theirs != list.end()) {
      list.erase(theirs);
    } else {
      list.insert(list.begin() + static_cast<std::ptrdiff_t>(draw(list.size() + 1)),
                  R"({ "type" :"example.com/Seen", "n":)" + std::to_string(++serial_) + "e0 }");
    }
    return edited(std::string(holder), "conditions", list_of(list));
  }

  void edit_theirs() {
    if (draw(2) == 0) status_ = with_foreign(status_);
    Items listeners;
    for (const auto listener : list_in(status_, "listeners")) {
      listeners.push_back(draw(3) == 0 ? with_foreign(listener) : std::string(listener));
    }
    if (draw(4) == 0) std::ranges::shuffle(listeners, random_);
    status_ = edited(status_, "listeners", list_of(listeners));
  }

  boost::json::array conditions() {
    boost::json::array out;
    for (const std::string type : {"Accepted", "Conflicted", "Programmed"}) {
      if (draw(4) == 0) continue;
      out.push_back({{"type", type}, {"status", draw(2) == 0 ? "True" : "False"}, {"reason", "R"}, {"message", "m"}});
    }
    return out;
  }

  void edit_wanted() {
    if (draw(2) == 0) return;
    generation_ += static_cast<std::int64_t>(draw(2));
    boost::json::array listeners;
    for (const std::string name : {"a", "b", "c", "d"}) {
      if (draw(3) == 0) continue;
      listeners.push_back({{"name", name},
                           {"attachedRoutes", draw(3)},
                           {"conditions", conditions()},
                           {"supportedKinds", boost::json::array{{{"kind", "HTTPRoute"}}}}});
    }
    wanted_ = {{"attachedListenerSets", draw(2)}, {"conditions", conditions()}, {"listeners", listeners}};
    if (draw(2) == 0) wanted_["addresses"] = boost::json::array{{{"type", "IPAddress"}, {"value", "192.0.2.1"}}};
  }

  Merged merge_once() const {
    kubernetes::StatusRecord record;
    record.resource_version = "1";
    record.status = status_;
    return merge("Gateway", record, &wanted_, {.generation = generation_, .now = "2026-03-01T00:00:00Z"});
  }

  void apply(const kubernetes::JsonPatch& patch) {
    const std::string text = patch.text();
    const auto operations = *kubernetes::raw_items(text);
    for (const auto operation : operations) {
      const std::string path(parsed(operation).at("path").as_string());
      if (!path.starts_with("/status")) continue;
      const std::string value(kubernetes::raw_member(operation, "value").value_or(""));
      status_ = path == "/status" ? value : edited(status_, path.substr(8), value);
    }
  }

  std::mt19937 random_{3};
  std::string status_;
  boost::json::object wanted_{{"conditions", boost::json::array()}, {"listeners", boost::json::array()}};
  std::int64_t generation_ = 1;
  int serial_ = 0;
};

TEST(MergeProperty, ForeignConditionsOfAGatewaySurviveRandomEdits) {
  SharedGateway().run();
}

}  // namespace
}  // namespace sluice::report
