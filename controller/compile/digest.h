// SHA-256 and the deterministic bytes that it is taken of.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace google::protobuf {
class MessageLite;
}

namespace sluice::compile {

/// 32 bytes.
std::string sha256(std::string_view bytes);

/// 64 lower-case hex digits of the parts, each preceded by its length, so that no two lists of parts collide.
std::string digest_of(std::initializer_list<std::string_view> parts);

/// Equal messages give equal bytes: maps are written in order of their keys.
std::string deterministic_bytes(const google::protobuf::MessageLite& message);

}  // namespace sluice::compile
