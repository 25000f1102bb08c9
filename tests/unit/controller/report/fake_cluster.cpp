#include "tests/unit/controller/report/fake_cluster.h"

#include <boost/json.hpp>
#include <set>

#include "controller/source/kubernetes/raw_json.h"

namespace sluice::report {
namespace {

namespace json = boost::json;
using kubernetes::ApiAnswer;
using kubernetes::ApiError;
using kubernetes::ApiErrorKind;

/// By plural; the tests' kinds.
const std::map<std::string, std::string, std::less<>> kPlurals{{"GatewayClass", "gatewayclasses"},
                                                               {"Gateway", "gateways"},
                                                               {"ListenerSet", "listenersets"},
                                                               {"HTTPRoute", "httproutes"},
                                                               {"BackendTLSPolicy", "backendtlspolicies"}};

std::string kind_of(const std::string& plural) {
  for (const auto& [kind, name] : kPlurals) {
    if (name == plural) return kind;
  }
  return {};
}

ApiAnswer error(ApiErrorKind kind, unsigned status) {
  return std::unexpected(ApiError{.kind = kind, .status = status, .message = "no", .retry_after = std::nullopt});
}

std::string object_text(std::uint64_t version) {
  return R"({"metadata":{"resourceVersion":")" + std::to_string(version) + R"("}})";
}

}  // namespace

std::string edited(const std::string& object, const std::string& member, const std::string& value) {
  std::string out = "{";
  bool is_done = value.empty();
  const auto add = [&](std::string_view key, std::string_view text) {
    out += (out.size() > 1 ? "," : "") + kubernetes::quoted(key) + ":" + std::string(text);
  };
  const auto fields = object.empty() ? json::object() : json::parse(object).as_object();
  for (const auto& field : fields) {
    if (field.key() != member) {
      add(field.key(), *kubernetes::raw_member(object, field.key()));
    } else if (!value.empty()) {
      add(field.key(), value);
      is_done = true;
    }
  }
  if (!is_done) add(member, value);
  return out + "}";
}

ApiServer FakeCluster::api() {
  return {.record =
              [this](const api::ObjectRef& ref) {
                const auto found = records_.find(ref);
                return found != records_.end() ? found->second : nullptr;
              },
          .path_of = [](const api::ObjectRef& ref) -> std::optional<kubernetes::ResourcePath> {
            const auto plural = kPlurals.find(ref.kind);
            if (plural == kPlurals.end()) return std::nullopt;
            return kubernetes::ResourcePath{
                {"gateway.networking.k8s.io", "v1", plural->second}, ref.namespace_, ref.name, ""};
          },
          .send =
              [this](kubernetes::ApiRequest request, kubernetes::OnAnswer answered) {
                seen.push_back(request);
                requests.push_back({std::move(request), std::move(answered)});
              }};
}

void FakeCluster::put(const api::ObjectRef& ref, const std::function<void(Object&)>& edit) {
  Object& object = objects_[ref];
  object.version = ++version_;
  if (object.uid.empty()) object.uid = "uid-" + std::to_string(version_);
  edit(object);
  changed_.push_back(ref);
}

void FakeCluster::set_status(const api::ObjectRef& ref, const std::string& status) {
  put(ref, [&](Object& object) { object.status = status; });
}

void FakeCluster::remove(const api::ObjectRef& ref) {
  objects_.erase(ref);
  changed_.push_back(ref);
}

std::vector<api::ObjectRef> FakeCluster::watch() {
  for (const auto& ref : changed_) {
    const auto found = objects_.find(ref);
    if (found == objects_.end()) {
      records_.erase(ref);
      continue;
    }
    const Object& object = found->second;
    records_[ref] = std::make_shared<const kubernetes::StatusRecord>(
        kubernetes::StatusRecord{std::to_string(object.version), object.uid, object.generation, object.status,
                                 object.finalizers, object.is_deleting});
  }
  return std::exchange(changed_, {});
}

void FakeCluster::answer() {
  const Request next = std::move(requests.front());
  requests.pop_front();
  if (!faults.empty()) {
    const ApiError fault = faults.front();
    faults.pop_front();
    next.answered(std::unexpected(fault));
    return;
  }
  next.answered(perform(next.request));
}

void FakeCluster::answer_all() {
  for (std::size_t left = requests.size(); left > 0; --left) answer();
}

ApiAnswer FakeCluster::perform(const kubernetes::ApiRequest& request) {
  if (request.path.resource.plural == "events") return perform_event(request);
  return apply({kind_of(request.path.resource.plural), request.path.namespace_, request.path.name}, request.body);
}

/// As the API server does it: all of it or nothing; what changes nothing makes no new version.
ApiAnswer FakeCluster::apply(const api::ObjectRef& ref, const std::string& patch) {
  const auto found = objects_.find(ref);
  if (found == objects_.end()) return error(ApiErrorKind::kNotFound, 404);
  Object now = found->second;
  const auto operations = *kubernetes::raw_items(patch);
  for (const auto operation : operations) {
    const auto fields = json::parse(std::string(operation)).as_object();
    const std::string path(fields.at("path").as_string());
    const std::string value(kubernetes::raw_member(operation, "value").value_or(""));
    if (fields.at("op") == "test") {
      if (value != kubernetes::quoted(std::to_string(now.version))) return error(ApiErrorKind::kConflict, 422);
    } else if (path == "/metadata/finalizers") {
      now.finalizers = value;
    } else if (path == "/status") {
      now.status = value;
    } else {
      now.status = edited(now.status, path.substr(std::string("/status/").size()), value);
    }
  }
  if (rewrites) now.status = rewrites(now.status);
  const auto value_of = [](const std::string& text) { return text.empty() ? json::value() : json::parse(text); };
  if (value_of(now.status) == value_of(found->second.status) && now.finalizers == found->second.finalizers) {
    return object_text(found->second.version);
  }
  put(ref, [&](Object& object) {
    object.status = now.status;
    object.finalizers = now.finalizers;
  });
  return object_text(version_);
}

ApiAnswer FakeCluster::perform_event(const kubernetes::ApiRequest& request) {
  if (request.method == kubernetes::HttpMethod::kPost) {
    const auto object = json::parse(request.body).as_object();
    const std::string name(object.at("metadata").as_object().at("name").as_string());
    const auto [at, is_new] = events.try_emplace(request.path.namespace_ + "/" + name, request.body);
    if (!is_new) return error(ApiErrorKind::kAlreadyExists, 409);
    return object_text(1);
  }
  const auto found = events.find(request.path.namespace_ + "/" + request.path.name);
  if (found == events.end()) return error(ApiErrorKind::kNotFound, 404);
  const auto operations = kubernetes::raw_items(request.body).value_or(std::vector<std::string_view>{});
  if (operations.size() == 2) {
    found->second = edited(found->second, "series", std::string(*kubernetes::raw_member(operations[1], "value")));
  }
  return edited(found->second, "metadata", R"({"resourceVersion":"1"})");
}

}  // namespace sluice::report
