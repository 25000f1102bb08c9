#include "controller/compile/resource_set.h"

#include <algorithm>

#include "controller/compile/digest.h"

namespace sluice::compile {

ResourceSet::Stored::Stored(std::string_view name, const Hash& hash, std::string_view content)
    : memory_(std::make_unique_for_overwrite<char[]>(sizeof(Head) + name.size() + content.size())) {
  new (memory_.get()) Head{.hash = hash,
                           .name = static_cast<std::uint32_t>(name.size()),
                           .content = static_cast<std::uint32_t>(content.size())};
  char* const text = memory_.get() + sizeof(Head);
  std::ranges::copy(content, std::ranges::copy(name, text).out);
}

void ResourceSet::put(model::v1::Resource resource) {
  const std::string name = resource.name();
  resource.clear_hash();
  resource.clear_name();  // the hash is of the content alone
  const std::string content = deterministic_bytes(resource);
  Hash hash;
  std::ranges::copy(sha256(content), hash.begin());
  auto at = resources_.lower_bound(name);
  if (at != resources_.end() && at->name() == name) {
    if (at->hash() == hash) return;
    before_.try_emplace(name, at->hash());
    at = resources_.erase(at);
  } else {
    before_.try_emplace(name, std::nullopt);
  }
  resources_.emplace_hint(at, name, hash, content);
}

void ResourceSet::erase(const std::string& name) {
  const auto found = resources_.find(name);
  if (found == resources_.end()) return;
  before_.try_emplace(name, found->hash());
  resources_.erase(found);
}

void ResourceSet::print(const Stored& stored, model::v1::Resource& out) {
  const std::string_view content = stored.content();
  out.ParseFromArray(content.data(), static_cast<int>(content.size()));
  out.set_name(stored.name().data(), stored.name().size());
  out.set_hash(stored.hash().data(), stored.hash().size());
}

model::v1::Delta ResourceSet::take_delta() {
  model::v1::Delta delta;
  for (const auto& [name, before] : before_) {
    const auto now = resources_.find(name);
    if (now == resources_.end()) {
      if (before) delta.add_removed(name);
    } else if (before != now->hash()) {
      print(*now, *delta.add_changed());
    }
  }
  before_.clear();
  delta.set_base_generation(generation_);
  if (delta.changed_size() + delta.removed_size() > 0) ++generation_;
  delta.set_generation(generation_);
  return delta;
}

model::v1::Model ResourceSet::model() const {
  model::v1::Model model;
  model.set_generation(generation_);
  model.mutable_resources()->Reserve(static_cast<int>(resources_.size()));
  for (const auto& stored : resources_) print(stored, *model.add_resources());
  return model;
}

}  // namespace sluice::compile
