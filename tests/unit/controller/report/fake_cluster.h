// An API server as a writer sees it: objects as text, JSON patches applied to the text itself, a watch that comes when
// it is told to, and answers that come when they are told to.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/report/api_server.h"

namespace sluice::report {

/// The object's text with a member replaced, added or (empty value) taken out; all others as they were.
std::string edited(const std::string& object, const std::string& member, const std::string& value);

class FakeCluster {
 public:
  struct Object {
    std::string uid;
    std::uint64_t version = 0;
    std::int64_t generation = 1;
    std::string status;
    std::string finalizers;
    bool is_deleting = false;
  };
  struct Request {
    kubernetes::ApiRequest request;
    kubernetes::OnAnswer answered;
  };

  ApiServer api();

  /// Creates it, or changes what there is; a new version either way.
  void put(const api::ObjectRef& ref, const std::function<void(Object&)>& edit);
  void set_status(const api::ObjectRef& ref, const std::string& status);
  void remove(const api::ObjectRef& ref);
  [[nodiscard]] const Object& at(const api::ObjectRef& ref) const { return objects_.at(ref); }

  /// What changed since the last call, which records now show.
  std::vector<api::ObjectRef> watch();

  /// Does the oldest request, or fails it with the next fault.
  void answer();
  void answer_all();
  /// Of the next requests, in order.
  std::deque<kubernetes::ApiError> faults;

  std::deque<Request> requests;                      ///< that wait for an answer
  std::vector<kubernetes::ApiRequest> seen;          ///< all
  std::map<std::string, std::string> events;         ///< by namespace/name: created ones, as they are now
  std::function<std::string(std::string)> rewrites;  ///< of a status that is written, before it is stored

 private:
  kubernetes::ApiAnswer perform(const kubernetes::ApiRequest& request);
  kubernetes::ApiAnswer apply(const api::ObjectRef& ref, const std::string& patch);
  kubernetes::ApiAnswer perform_event(const kubernetes::ApiRequest& request);

  std::uint64_t version_ = 100;
  std::map<api::ObjectRef, Object> objects_;
  std::map<api::ObjectRef, std::shared_ptr<const kubernetes::StatusRecord>> records_;
  std::vector<api::ObjectRef> changed_;
};

}  // namespace sluice::report
