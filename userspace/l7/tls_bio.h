// OpenSSL's way to a transport stream: reads from the slices that the stream delivered, writes from OpenSSL's own
// record buffer. One copy in (OpenSSL decrypts in place, in a buffer of its own), none out.
#pragma once

#include <openssl/bio.h>

#include <deque>
#include <string>

#include "userspace/transport/stream.h"

namespace sluice::l7 {

class TlsWire {
 public:
  /// first: bytes that were read before the stream was one (the hello). The stream is borrowed.
  TlsWire(transport::Stream& stream, std::string first) : stream_(stream), first_(std::move(first)) {}
  TlsWire(const TlsWire&) = delete;
  TlsWire& operator=(const TlsWire&) = delete;

  /// A BIO over this, for SSL_set_bio; the wire must outlive it.
  BIO* make_bio();

  // The stream's events.
  void received(transport::Slice data) { in_.push_back(std::move(data)); }
  void ended() { ended_ = true; }
  void written() { written_ = true; }

  [[nodiscard]] bool has_input() const { return read_ < first_.size() || !in_.empty(); }
  [[nodiscard]] bool writing() const { return pending_ > 0 && !written_; }
  void drop_input();

 private:
  static int on_read(BIO* bio, char* out, int size);
  static int on_write(BIO* bio, const char* data, int size);
  static long on_control(BIO* bio, int command, long number, void* pointer);
  static BIO_METHOD* method();

  std::size_t read(char* out, std::size_t size);

  transport::Stream& stream_;
  std::string first_;
  std::size_t read_ = 0;  ///< of first_
  std::deque<transport::Slice> in_;
  bool ended_ = false;
  std::size_t pending_ = 0;  ///< bytes of OpenSSL's buffer that the stream has taken but not yet sent
  bool written_ = false;     ///< they are sent, and OpenSSL is yet to be told
};

}  // namespace sluice::l7
