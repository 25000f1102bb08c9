#include "controller/daemon/authority_keeper.h"

namespace sluice::daemon {

AuthorityKeeper::AuthorityKeeper(std::string space, Hooks hooks, Journal journal)
    : namespace_(std::move(space)), hooks_(std::move(hooks)), journal_(std::move(journal)) {}

std::set<api::ObjectRef> AuthorityKeeper::contents() const {
  return {{std::string(api::Secret::kKind), namespace_, kAuthorityName},
          {std::string(api::ConfigMap::kKind), namespace_, kAuthorityName}};
}

void AuthorityKeeper::look(const api::ObjectSet& objects, bool is_read, bool leads) {
  const auto pem = authority_in(objects, namespace_);
  if (pem) {
    adopt(*pem);
  } else if (is_read && leads) {
    make();
  }
  if (is_read && leads) show(objects);
}

void AuthorityKeeper::adopt(const publish::AuthorityPem& pem) {
  if (pem == served_ || pem == refused_) return;
  auto authority = publish::Authority::read(pem);
  if (!authority) {
    // Not replaced: nodes trust the one that they have, and somebody put this one there.
    journal_(Level::kError, "authority not usable",
             {{"secret", namespace_ + "/" + kAuthorityName},
              {"reason", authority.error()},
              {"what would do", "delete the Secret; a leader makes a new one"}});
    refused_ = pem;
    return;
  }
  served_ = pem;
  refused_ = {};
  hooks_.serve(*std::move(authority));
}

void AuthorityKeeper::make() {
  if (std::exchange(is_making_, true)) return;
  hooks_.send(create_secret(namespace_, publish::Authority::make().pem()), [this](const kubernetes::ApiAnswer& answer) {
    is_making_ = false;
    // Somebody else was faster: theirs is read.
    if (answer || answer.error().kind == kubernetes::ApiErrorKind::kAlreadyExists) return;
    journal_(Level::kError, "authority not made",
             {{"secret", namespace_ + "/" + kAuthorityName}, {"reason", to_string(answer.error())}});
  });
}

void AuthorityKeeper::show(const api::ObjectSet& objects) {
  if (!is_serving() || is_showing_) return;
  const auto shown = published_authority(objects, namespace_);
  if (shown == served_.certificate) return;
  is_showing_ = true;
  hooks_.send(write_config_map(namespace_, served_.certificate, shown.has_value()),
              [this](const kubernetes::ApiAnswer& answer) {
                is_showing_ = false;
                if (answer || answer.error().kind == kubernetes::ApiErrorKind::kAlreadyExists) return;
                journal_(Level::kError, "authority not shown to nodes",
                         {{"config map", namespace_ + "/" + kAuthorityName}, {"reason", to_string(answer.error())}});
              });
}

}  // namespace sluice::daemon
