// Which TLS listener a server name belongs to, asked of the tables that the engine accepts connections by.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sluicectl/verdict.h"
#include "userspace/l7/listeners.h"

namespace sluice::ctl {

struct TlsChoice {
  std::shared_ptr<const l7::TlsListener> listener;  ///< nullptr: none takes the name
  model::ResourcePtr frontend;                      ///< of the listener
  std::vector<PassedOver> others;                   ///< of the same port
};

/// Of each address the listener that the engine would choose; of several addresses (ip "": none is asked for) the one
/// with the most specific hostname, then the smallest address.
TlsChoice choose_tls(const model::Store& store, std::uint16_t port, const std::string& ip, std::string_view name);

/// Why `other` does not take `name` where `chosen` (nullptr: none) does.
std::string why_not(const model::v1::Frontend& other, const model::v1::Frontend* chosen, std::string_view name);

}  // namespace sluice::ctl
