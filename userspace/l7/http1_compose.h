// Outgoing HTTP/1.1 heads, composed once, straight into the send buffer. What is hop by hop stays here (RFC
// 9110 7.6.1); runs of lines that nothing edits are copied as they stand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "userspace/l7/edit_list.h"
#include "userspace/l7/head.h"

namespace sluice::l7 {

/// What we know of the client ourselves. X-Forwarded-For, -Proto and -Host say this and nothing that a client sent.
struct Forwarded {
  std::string_view client_ip;
  std::string_view scheme;  ///< "http" or "https"
  std::string_view host;    ///< as the client asked for it, before any rewrite; "" where HTTP/1.0 named none
};

struct OutgoingRequest {
  const RequestHead& head;
  std::string_view target;  ///< path and query as they go out
  std::string_view host;
  Forwarded forwarded;
  EditList edits;
};

/// The body goes out in the framing in which it came.
void append_request_head(const OutgoingRequest& request, std::string& out);

/// The fields alone, as lines, for a head of HTTP/2: without Host and what frames a message there.
void append_request_fields(const OutgoingRequest& request, std::string& out);

struct OutgoingResponse {
  const ResponseHead& head;
  EditList edits;
  BodyKind framing = BodyKind::kNone;  ///< as it goes out; kUntilClose: no framing at all
  std::string_view connection;         ///< "close", "keep-alive", or "" for none
  std::string_view date;               ///< used where the backend sent none; "": none is added (1xx)
  bool http2 = false;                  ///< goes out by it; framing and connection say nothing
};

void append_response_head(const OutgoingResponse& response, std::string& out);

/// The fields alone, as lines; with response.http2 for a head of HTTP/2.
void append_response_fields(const OutgoingResponse& response, std::string& out);

/// An answer of the engine's own, whole.
struct Reply {
  std::uint16_t status = 500;
  std::string_view body;      ///< text/plain
  std::string_view location;  ///< redirects
  EditList edits;
  std::string_view fields;  ///< lines that take the place of Content-Type; "" for none
};

/// The fields of a reply, as lines.
void append_reply_fields(const Reply& reply, std::string_view date, std::string& out);
void append_reply(const Reply& reply, std::string_view connection, std::string_view date, bool with_body,
                  std::string& out);

/// "HTTP/1.1 404 Not Found\r\n"
void append_status_line(std::uint16_t status, std::string& out);

/// The line before a chunk's data: its size in hexadecimal (RFC 9112 7.1).
void append_chunk_size(std::size_t size, std::string& out);

}  // namespace sluice::l7
