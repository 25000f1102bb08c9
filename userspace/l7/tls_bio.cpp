#include "userspace/l7/tls_bio.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sluice::l7 {

BIO_METHOD* TlsWire::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sluice wire");
    BIO_meth_set_read(fresh, on_read);
    BIO_meth_set_write(fresh, on_write);
    BIO_meth_set_ctrl(fresh, on_control);
    return fresh;
  }();
  return made;
}

BIO* TlsWire::make_bio() {
  BIO* bio = BIO_new(method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

void TlsWire::drop_input() {
  in_.clear();
  std::string().swap(first_);
  read_ = 0;
}

std::size_t TlsWire::read(char* out, std::size_t size) {
  if (read_ < first_.size()) {
    const std::size_t taken = std::min(size, first_.size() - read_);
    std::memcpy(out, first_.data() + read_, taken);
    read_ += taken;
    if (read_ == first_.size()) {
      std::string().swap(first_);
      read_ = 0;
    }
    return taken;
  }
  if (in_.empty()) return 0;
  transport::Slice& front = in_.front();
  const std::size_t taken = std::min(size, front.size());
  std::memcpy(out, front.data(), taken);
  front.remove_prefix(taken);
  if (front.empty()) in_.pop_front();
  return taken;
}

int TlsWire::on_read(BIO* bio, char* out, int size) {
  auto& wire = *static_cast<TlsWire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  const std::size_t taken = wire.read(out, static_cast<std::size_t>(size));
  if (taken > 0) return static_cast<int>(taken);
  if (wire.ended_) return 0;
  BIO_set_retry_read(bio);
  return -1;
}

// A write that the stream could not finish is OpenSSL's to repeat, with the same bytes at the same place: until then
// its buffer stays as it is.
int TlsWire::on_write(BIO* bio, const char* data, int size) {
  auto& wire = *static_cast<TlsWire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  if (wire.pending_ > 0 && wire.written_) {
    wire.written_ = false;
    return static_cast<int>(std::exchange(wire.pending_, 0));
  }
  if (wire.pending_ == 0) {
    const std::array part{iovec{.iov_base = const_cast<char*>(data), .iov_len = static_cast<std::size_t>(size)}};
    if (wire.stream_.write(part) == transport::WriteResult::kDone) return size;
    wire.pending_ = static_cast<std::size_t>(size);
  }
  BIO_set_retry_write(bio);
  return -1;
}

long TlsWire::on_control(BIO* bio, int command, long, void*) {
  const auto& wire = *static_cast<const TlsWire*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return wire.ended_ && !wire.has_input() ? 1 : 0;
    default:
      return 0;
  }
}

}  // namespace sluice::l7
