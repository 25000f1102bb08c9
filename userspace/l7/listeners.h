// Whose a connection is: (local address, port) -> the frontends there -> by server name, the one that serves it.
// Immutable and shared by the workers; the builder keeps what one generation can take over from the one before.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "userspace/l7/tables.h"
#include "userspace/l7/tls_keys.h"
#include "userspace/model/hostname_map.h"
#include "userspace/passthrough/sni_table.h"

namespace sluice::l7 {

/// One TLS or HTTPS frontend. With neither table nor keys its connections are refused.
struct TlsListener {
  std::string frontend;                                      ///< its name in the model
  std::shared_ptr<const passthrough::SniTable> passthrough;  ///< TLS passthrough
  std::shared_ptr<const TlsKeys> keys;                       ///< terminated, then HTTP
};

/// The frontends of one (address, port). Passthrough and termination may share it; clear text and TLS may not.
struct PortListeners {
  bool http = false;  ///< clear-text HTTP; which frontend, Host decides later
  model::HostnameMap<std::shared_ptr<const TlsListener>> tls;

  /// By server name: exact, longest wildcard, none. nullptr: no listener takes the name.
  [[nodiscard]] const TlsListener* select(std::string_view server_name) const {
    const auto* found = tls.find(server_name);
    return found == nullptr ? nullptr : found->get();
  }
};

class Listeners {
 public:
  /// nullptr: nothing listens there.
  [[nodiscard]] const PortListeners* find(const SocketAddress& local) const;

  [[nodiscard]] const auto& ports() const { return ports_; }

  /// Name -> why, of frontends and keys that cannot be carried out.
  [[nodiscard]] std::map<std::string, std::string> errors() const;

 private:
  friend class ListenersBuilder;

  struct Frontend {
    model::v1::Frontend origin;
    std::shared_ptr<const TlsListener> tls;  ///< nullptr: clear-text HTTP
    std::string error;                       ///< "": carried out
  };
  std::map<std::string, std::shared_ptr<const Frontend>> frontends_;
  std::map<SocketAddress, std::shared_ptr<const PortListeners>> ports_;
};

/// One thread.
class ListenersBuilder {
 public:
  /// node: this one's name, by which endpoints are its own; "": none are.
  explicit ListenersBuilder(TlsKeysBuilder& keys, std::string node = {}) : keys_(keys), node_(std::move(node)) {}

  /// After a delta that `store` has taken; `changed`: all that it changed or removed. The first call builds the whole.
  std::shared_ptr<const Listeners> update(const model::Store& store, const std::set<std::string>& changed);

 private:
  std::shared_ptr<const Listeners::Frontend> frontend(const model::Store& store, const std::string& name);
  static void add_places(const Listeners::Frontend& frontend, std::set<SocketAddress>& places);
  static void rebuild(Listeners& listeners, const std::set<SocketAddress>& places);

  TlsKeysBuilder& keys_;
  std::string node_;
  passthrough::SniTableBuilder sni_;
  std::shared_ptr<const Listeners> last_;
};

}  // namespace sluice::l7
