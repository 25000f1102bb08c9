#include "controller/publish/outgoing.h"

#include <algorithm>

#include "sluice/control.h"

namespace sluice::publish {

control::v1::Part Outgoing::next() {
  control::v1::Part part;
  part.set_continues(offset_ > 0);
  std::size_t room = control::kMessageBytes;
  while (resource_ < changed.size() && room > 0) {
    const std::string& bytes = changed[resource_]->bytes;
    const std::size_t size = std::min(room, bytes.size() - offset_);
    part.add_changed(bytes.substr(offset_, size));
    room -= size;
    offset_ += size;
    if (offset_ < bytes.size()) return part;
    changed[resource_++].reset();
    offset_ = 0;
  }
  while (name_ < removed.size() && room > 0) {
    room -= std::min(room, removed[name_].size());
    part.add_removed(removed[name_++]);
  }
  if (resource_ == changed.size() && name_ == removed.size()) {
    part.mutable_end()->set_base_generation(base_generation);
    part.mutable_end()->set_generation(generation);
    is_sent_ = true;
  }
  return part;
}

}  // namespace sluice::publish
