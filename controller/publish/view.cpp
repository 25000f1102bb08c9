#include "controller/publish/view.h"

#include <utility>

#include "sluice/control.h"

namespace sluice::publish {

View::View(Serving serving, const Catalogue& catalogue) : serving_(std::move(serving)), catalogue_(catalogue) {
  Names ignored;
  if (serving_.all) {
    const auto& all = catalogue_.all();
    for (auto at = all.lower_bound("frontend/"); at != all.end() && is_root(at->first); ++at) roots_.insert(at->first);
  } else {
    roots_ = serving_.frontends;
  }
  for (const auto& name : roots_) retain(name, ignored);
}

void View::retain(std::string_view name, Names& touched) {
  std::vector<std::string> open{std::string(name)};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    Member& member = members_[next];
    if (++member.count > 1) continue;
    member.resource = catalogue_.find(next);
    if (member.resource == nullptr) continue;
    touched.insert(next);
    open.insert(open.end(), member.resource->references.begin(), member.resource->references.end());
  }
}

void View::release(std::string_view name, Names& touched) {
  std::vector<std::string> open{std::string(name)};
  while (!open.empty()) {
    const auto found = members_.find(open.back());
    open.pop_back();
    if (found == members_.end() || --found->second.count > 0) continue;
    const PublishedPtr left = std::move(found->second.resource);
    if (left != nullptr) {
      touched.insert(found->first);
      open.insert(open.end(), left->references.begin(), left->references.end());
    }
    members_.erase(found);
  }
}

void View::update_member(const Catalogue::Change& change, Names& touched, std::vector<PublishedPtr>& replaced) {
  const auto found = members_.find(change.name);
  // One that came in by an earlier change of these has its present references already.
  if (found == members_.end() || found->second.resource == change.now) return;
  touched.insert(change.name);
  if (found->second.resource != nullptr) replaced.push_back(std::move(found->second.resource));
  found->second.resource = change.now;
  if (change.now == nullptr) return;
  for (const auto& name : change.now->references) retain(name, touched);
}

/// All that is new is counted before anything that is old is let go, so that what stays never leaves meanwhile.
View::Names View::update(const std::vector<Catalogue::Change>& changes) {
  Names touched;
  std::vector<PublishedPtr> replaced;
  for (const auto& change : changes) {
    update_member(change, touched, replaced);
    if (is_root(change.name) && change.now != nullptr && roots_.insert(change.name).second) {
      retain(change.name, touched);
    }
  }
  for (const auto& resource : replaced) {
    for (const auto& name : resource->references) release(name, touched);
  }
  for (const auto& change : changes) {
    if (is_root(change.name) && change.now == nullptr && roots_.erase(change.name) > 0) release(change.name, touched);
  }
  if (!touched.empty()) digest_.clear();
  return touched;
}

PublishedPtr View::find(std::string_view name) const {
  const auto found = members_.find(name);
  return found != members_.end() ? found->second.resource : nullptr;
}

View::Names View::difference(const View& other) const {
  Names names;
  each([&](const PublishedPtr& resource) {
    if (other.find(resource->name) == nullptr) names.insert(resource->name);
  });
  other.each([&](const PublishedPtr& resource) {
    if (find(resource->name) == nullptr) names.insert(resource->name);
  });
  return names;
}

const std::string& View::digest() const {
  if (digest_.empty()) {
    control::HoldingDigest digest;
    each([&](const PublishedPtr& resource) { digest.add(resource->name, resource->hash); });
    digest_ = digest.take();
  }
  return digest_;
}

}  // namespace sluice::publish
