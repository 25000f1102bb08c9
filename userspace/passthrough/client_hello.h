// Reads the server name from a TLS ClientHello, of any size up to a limit and however it is cut into records and
// segments. No TLS library: bounded, without allocation but for a hello that spans records. The same function reads a
// prefix and the whole, so there is no state to get wrong.
//
//   RFC 8446 5.1 (records), 4 (handshake header), 4.1.2 (ClientHello); RFC 6066 3 (server_name)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::passthrough {

/// Received bytes, record headers included, up to which a hello may go.
inline constexpr std::size_t kMaxHelloBytes = 64 * 1024;

// X(enumerator, name, text)
#define SLUICE_HELLO_ERRORS(X)                                                           \
  X(NotTls, "not_tls", "the first bytes are no TLS handshake record")                    \
  X(BadRecord, "bad_record", "a record is empty, too long or of another type")           \
  X(NotClientHello, "not_client_hello", "the first handshake message is no ClientHello") \
  X(TooLarge, "hello_too_large", "the ClientHello is over 64 KiB")                       \
  X(BadLength, "bad_length", "a length in the ClientHello does not fit its contents")    \
  X(DuplicateName, "duplicate_name", "server_name stands twice")                         \
  X(BadName, "bad_name", "the server name is no DNS hostname")

enum class HelloError : std::uint8_t {
  kNone,
#define X(enumerator, name, text) k##enumerator,
  SLUICE_HELLO_ERRORS(X)
#undef X
};

/// The label in metrics and logs ("not_tls"), and a sentence for people.
std::string_view name(HelloError error);
std::string_view text(HelloError error);

enum class HelloState : std::uint8_t {
  kMore,    ///< right so far: ask again with more bytes
  kName,    ///< server_name is set: lower case, without a dot at the end
  kNoName,  ///< a whole ClientHello without server_name, or with an IP address in the place of one
  kError,   ///< never will be one
};

struct Hello {
  HelloState state = HelloState::kMore;
  HelloError error = HelloError::kNone;
  std::string server_name;
  /// kName, kNoName: bytes up to the hello's end, record headers included. kMore: with fewer bytes than these the
  /// answer stays kMore, so that a hello in tiny pieces is not parsed for each.
  std::size_t size = 0;
};

/// bytes: all that the client has sent so far. The hello is read whole before a name is given: a name in a hello that
/// is broken further on is not one.
Hello read_client_hello(std::string_view bytes);

/// A DNS hostname as SNI may hold it (RFC 6066: no IP literal; RFC 1123 labels, '_' too), in lower case and without the
/// final dot; "" when it is none.
std::string canonical_server_name(std::string_view name);

}  // namespace sluice::passthrough
