#include "userspace/l7/client_origin.h"

#include <utility>

#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

void ClientOrigin::open(const transport::Stream& stream, std::string server_name, bool tls) {
  server_name_ = std::move(server_name);
  address_ = stream.peer().to_text();
  local_ = stream.local().to_text();
  facts_ = {.address = address_,
            .ip = std::string_view(address_).substr(0, address_.rfind(':')),
            .server_name = server_name_,
            .local = local_,
            .port = stream.local().port(),
            .tls = tls};
  if (facts_.ip.starts_with('[')) facts_.ip = facts_.ip.substr(1, facts_.ip.size() - 2);
  asked_ = SocketAddress::make(stream.local().ip(), stream.local().port());
  version_ = 0;
}

const ClientFacts& ClientOrigin::facts(const HttpWorker& worker) {
  if (version_ == worker.tables_version()) return facts_;
  version_ = worker.tables_version();
  facts_.listeners = worker.tables()->find(asked_);
  return facts_;
}

}  // namespace sluice::l7
