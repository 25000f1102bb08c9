// What both ends of the control stream have to agree on beside its messages (sluice/control.proto).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "sluice/control.pb.h"

namespace sluice::control {

inline constexpr const char* kEnrollMethod = "/sluice.control.v1.Control/Enroll";
inline constexpr const char* kStreamMethod = "/sluice.control.v1.Control/Stream";

/// A message is ended where its lists reach so much; what a receiver takes at most leaves room for one more item.
inline constexpr std::size_t kMessageBytes = 256U << 10;
inline constexpr int kMessageLimit = 1 << 20;
/// Of a token, of a certificate request, and of what a node says of one resource.
inline constexpr std::size_t kEnrollLimit = 64U << 10;
inline constexpr std::size_t kReasonLimit = 1U << 10;

/// In a certificate of a node: the URI that names it.
inline constexpr std::string_view kNodeUri = "sluice://node/";

/// Transitions first.
bool is_lower(const v1::Epoch& a, const v1::Epoch& b);

/// A digest of what a node holds: SHA-256 of the names (each preceded by its length, 4 bytes, big endian) and hashes of
/// all resources but its own source/, in order of names. The source of the node, which no other has, comes in by
/// with_source(), so that nodes that are to hold the same share the first part.
class HoldingDigest {
 public:
  HoldingDigest();
  ~HoldingDigest();
  HoldingDigest(const HoldingDigest&) = delete;
  HoldingDigest& operator=(const HoldingDigest&) = delete;

  void add(std::string_view name, std::string_view hash);
  /// 32 bytes; once.
  std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 32 bytes. source_hash: of the node's own source/ resource; empty: there is none.
std::string with_source(std::string_view digest, std::string_view source_hash);

}  // namespace sluice::control
