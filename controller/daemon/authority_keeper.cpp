#include "controller/daemon/authority_keeper.h"

#include <algorithm>
#include <utility>

namespace sluice::daemon {
namespace {

/// What was written shows among the objects within that time, or is written again.
constexpr std::chrono::seconds kUntilRead{10};

}  // namespace

AuthorityKeeper::AuthorityKeeper(std::string space, Hooks hooks, Journal journal)
    : namespace_(std::move(space)), hooks_(std::move(hooks)), journal_(std::move(journal)) {}

std::set<api::ObjectRef> AuthorityKeeper::contents() const {
  return {{std::string(api::Secret::kKind), namespace_, kAuthorityName},
          {std::string(api::ConfigMap::kKind), namespace_, kAuthorityName}};
}

std::optional<AuthorityKeeper::Time> AuthorityKeeper::look(const api::ObjectSet& objects, bool is_read, bool leads,
                                                           Time now) {
  const auto pem = authority_in(objects, namespace_);
  if (pem) adopt(*pem);
  if (!is_read || !leads) return std::nullopt;
  const auto made = pem ? std::nullopt : make(now);
  const auto shown = show(objects, now);
  return made && shown ? std::min(made, shown) : std::max(made, shown);
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

std::optional<AuthorityKeeper::Time> AuthorityKeeper::make(Time now) {
  if (secret_.in_flight) return std::nullopt;
  if (now < secret_.not_before) return secret_.not_before;
  write(secret_, create_secret(namespace_, publish::Authority::make().pem()), "authority not made", now);
  return std::nullopt;
}

std::optional<AuthorityKeeper::Time> AuthorityKeeper::show(const api::ObjectSet& objects, Time now) {
  const auto shown = published_authority(objects, namespace_);
  if (!is_serving() || config_map_.in_flight || shown == served_.certificate) return std::nullopt;
  if (now < config_map_.not_before) return config_map_.not_before;
  write(config_map_, write_config_map(namespace_, served_.certificate, shown.has_value()),
        "authority not shown to nodes", now);
  return std::nullopt;
}

void AuthorityKeeper::write(Writing& writing, kubernetes::ApiRequest request, const char* failure, Time now) {
  writing.in_flight = true;
  hooks_.send(std::move(request), [this, &writing, failure, now](const kubernetes::ApiAnswer& answer) {
    writing.in_flight = false;
    // Somebody else was faster: theirs is read.
    if (answer || answer.error().kind == kubernetes::ApiErrorKind::kAlreadyExists) {
      writing.not_before = now + kUntilRead;
      writing.backoff.reset();
      return;
    }
    writing.not_before = now + writing.backoff.next();
    journal_(Level::kError, failure,
             {{"object", namespace_ + "/" + kAuthorityName}, {"reason", to_string(answer.error())}});
  });
}

}  // namespace sluice::daemon
