#include "controller/daemon/authority_keeper.h"

#include <algorithm>
#include <utility>

namespace sluice::daemon {
namespace {

using publish::Authority;
using std::chrono::hours;

/// What was written shows among the objects within that time, or is written again.
constexpr std::chrono::seconds kUntilRead{10};
/// So often it is looked whether the time has come for something.
constexpr hours kLook{1};
/// Since the next one was made: by then nodes have been shown it ...
constexpr hours kUntilSigning{24};
/// ... and by then have certificates of it.
constexpr hours kUntilAlone{72};
static_assert(kUntilAlone - kUntilSigning > Authority::kNodeLife);

}  // namespace

AuthorityKeeper::AuthorityKeeper(std::string space, Hooks hooks, Journal journal)
    : namespace_(std::move(space)), hooks_(std::move(hooks)), journal_(std::move(journal)) {}

std::set<api::ObjectRef> AuthorityKeeper::contents() const {
  return {{std::string(api::Secret::kKind), namespace_, kAuthorityName},
          {std::string(api::ConfigMap::kKind), namespace_, kAuthorityName}};
}

AuthorityKeeper::Time AuthorityKeeper::look(const api::ObjectSet& objects, bool is_read, bool leads, Time now,
                                            WallTime wall) {
  const auto stored = authority_in(objects, namespace_);
  if (stored) adopt(*stored, wall);
  Time next = now + kLook;
  if (!is_read || !leads) return next;
  const auto may_write = [&](const Writing& writing) {
    if (!writing.in_flight && now < writing.not_before) next = std::min(next, writing.not_before);
    return !writing.in_flight && now >= writing.not_before;
  };
  if (may_write(secret_)) {
    const auto secret = wanted(stored, wall);
    if (secret) {
      send(secret_, write_secret(namespace_, *secret), stored.has_value(), stored ? "renewed" : "made", now);
    }
  }
  const auto shown = published_authority(objects, namespace_);
  if (is_serving() && shown != certificates_ && may_write(config_map_)) {
    auto request = write_config_map(namespace_, certificates_, shown.has_value());
    send(config_map_, std::move(request), shown.has_value(), "shown to nodes", now);
  }
  return next;
}

std::optional<Authority> AuthorityKeeper::read(const publish::AuthorityPem& pem, publish::AuthorityPem& refused) {
  auto authority = Authority::read(pem);
  if (authority) return *std::move(authority);
  if (pem != std::exchange(refused, pem)) {
    journal_(Level::kError, "authority not usable",
             {{"secret", namespace_ + "/" + kAuthorityName},
              {"reason", authority.error()},
              {"what would do", "delete the Secret; a leader makes a new one"}});
  }
  return std::nullopt;
}

void AuthorityKeeper::adopt(const StoredAuthority& stored, WallTime wall) {
  auto present = read(stored.present, refused_);
  // Not replaced: nodes trust the one that they have, and somebody put this one there.
  if (!present) return;
  present_ = std::move(present);
  read_ = stored.present;
  next_ = stored.next ? read(*stored.next, refused_next_) : std::nullopt;
  if (next_ && next_->begins() > wall) next_.reset();  // of a leader whose clock was wrong
  certificates_ = stored.present.certificate + (next_ ? "\n" + stored.next->certificate : "");
  Authority signs = *present_;
  std::vector<Authority> also;
  if (next_) also.push_back(*next_);
  if (signs_next(wall)) std::swap(signs, also.front());
  std::vector<publish::AuthorityPem> pems{signs.pem()};
  for (const auto& each : also) pems.push_back(each.pem());
  if (pems == std::exchange(served_, pems)) return;
  hooks_.serve(std::move(signs), std::move(also));
}

bool AuthorityKeeper::signs_next(WallTime wall) const {
  return next_ && (wall >= next_->begins() + kUntilSigning || wall >= present_->expires());
}

std::optional<StoredAuthority> AuthorityKeeper::wanted(const std::optional<StoredAuthority>& stored,
                                                       WallTime wall) const {
  if (!stored) return StoredAuthority{.present = Authority::make(wall).pem()};
  if (!present_ || read_ != stored->present) return std::nullopt;  // it cannot be used
  StoredAuthority out = *stored;
  if (next_ && (wall >= next_->begins() + kUntilAlone || wall >= present_->expires())) {
    out.present = *std::exchange(out.next, std::nullopt);
    return out;
  }
  const auto life = present_->expires() - present_->begins();
  if (next_ || wall < present_->expires() - life / 5) return std::nullopt;
  out.next = Authority::make(wall).pem();
  return out;
}

void AuthorityKeeper::send(Writing& writing, kubernetes::ApiRequest request, bool replaces, const char* what,
                           Time now) {
  writing.in_flight = true;
  hooks_.send(std::move(request), [this, &writing, replaces, what, now](const kubernetes::ApiAnswer& answer) {
    writing.in_flight = false;
    // Somebody else was faster: theirs is read.
    if (answer || (!replaces && answer.error().kind == kubernetes::ApiErrorKind::kAlreadyExists)) {
      writing.not_before = now + kUntilRead;
      writing.backoff.reset();
      return;
    }
    writing.not_before = now + writing.backoff.next();
    journal_(Level::kError, "authority not written",
             {{"object", namespace_ + "/" + kAuthorityName}, {"to be", what}, {"reason", to_string(answer.error())}});
  });
}

}  // namespace sluice::daemon
