#include "controller/report/api_server.h"

#include <utility>

namespace sluice::report {

ApiServer api_server_of(kubernetes::KubernetesSource& source) {
  return {.record = [&source](const api::ObjectRef& object) { return source.record(object); },
          .path_of = [&source](const api::ObjectRef& object) { return source.path_of(object); },
          .send = [&source](kubernetes::ApiRequest request,
                            kubernetes::OnAnswer answered) { source.send(std::move(request), std::move(answered)); }};
}

}  // namespace sluice::report
