#include "userspace/l7/http1_compose.h"

#include <array>
#include <charconv>
#include <cstring>

namespace sluice::l7 {
namespace {

// "name: value" CRLF; room for all of it is looked for once.
void append_field(std::string_view name, std::string_view value, std::string& out) {
  const std::size_t begun = out.size();
  out.resize_and_overwrite(begun + name.size() + value.size() + 4, [&](char* bytes, std::size_t) {
    char* at = bytes + begun;
    for (const std::string_view part : {name, std::string_view(": "), value, std::string_view("\r\n")}) {
      std::memcpy(at, part.data(), part.size());
      at += part.size();
    }
    return static_cast<std::size_t>(at - bytes);  // not the size that was asked for: GCC 12 hands over the capacity
  });
}

// Copies the field lines for whose position `keep` holds.
template <class Keep>
void append_lines(const Head& head, const Keep& keep, std::string& out) {
  const char* run = nullptr;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const char* begin = head.fields[i].name.data();
    if (keep(i)) {
      if (run == nullptr) run = begin;
    } else if (run != nullptr) {
      out.append(run, begin);
      run = nullptr;
    }
  }
  if (run != nullptr) out.append(run, head.lines.data() + head.lines.size());
}

bool goes_on_to_backend(FieldId id, const RequestHead& head, bool http2) {
  switch (id) {
    case FieldId::kOther:
    case FieldId::kVia:
    case FieldId::kDate:
    case FieldId::kContentLength:
      return true;
    case FieldId::kTransferEncoding:
      return !http2;
    case FieldId::kTrailer:
      return head.framing.kind == BodyKind::kChunked;
    case FieldId::kExpect:
      return head.expects_continue;
    default:
      return false;
  }
}

bool goes_on_to_client(FieldId id, const OutgoingResponse& response) {
  switch (id) {
    case FieldId::kConnection:
    case FieldId::kKeepAlive:
    case FieldId::kProxyConnection:
    case FieldId::kUpgrade:
    case FieldId::kTe:
    case FieldId::kHttp2Settings:
      return false;
    case FieldId::kContentLength:  // HEAD and 304 tell the length of a body that they do not have
      return response.head.status >= 200 && response.head.status != 204;
    case FieldId::kTransferEncoding:
      return !response.http2 && response.framing == BodyKind::kChunked;
    case FieldId::kTrailer:
      return response.http2 || response.framing == BodyKind::kChunked;
    default:
      return true;
  }
}

// Of the framing fields only the message's own may be nominated away: they are decided above, whatever Connection says.
bool is_removed(const Head& head, std::size_t i, const EditList& edits) {
  const std::string_view name = head.fields[i].name;
  if (head.nominates && head.ids[i] == FieldId::kOther && is_nominated(head, name)) return true;
  return !edits.empty() && edits.replaces(name);
}

void append_own(std::string_view name, std::string_view value, const EditList& edits, std::string& out) {
  if (edits.empty() || !edits.replaces(name)) append_field(name, value, out);
}

std::string_view reason_phrase(std::uint16_t status) {
  struct Row {
    std::uint16_t status;
    std::string_view phrase;
  };
  static constexpr std::array<Row, 18> kRows{{{301, "Moved Permanently"},
                                              {302, "Found"},
                                              {303, "See Other"},
                                              {307, "Temporary Redirect"},
                                              {308, "Permanent Redirect"},
                                              {400, "Bad Request"},
                                              {404, "Not Found"},
                                              {408, "Request Timeout"},
                                              {413, "Content Too Large"},
                                              {414, "URI Too Long"},
                                              {417, "Expectation Failed"},
                                              {431, "Request Header Fields Too Large"},
                                              {500, "Internal Server Error"},
                                              {501, "Not Implemented"},
                                              {502, "Bad Gateway"},
                                              {503, "Service Unavailable"},
                                              {504, "Gateway Timeout"},
                                              {505, "HTTP Version Not Supported"}}};
  for (const Row& row : kRows) {
    if (row.status == status) return row.phrase;
  }
  return {};
}

}  // namespace

namespace {

void append_request_lines(const OutgoingRequest& request, bool http2, std::string& out) {
  const RequestHead& head = request.head;
  const bool plain = !head.nominates && request.edits.empty();
  append_lines(
      head,
      [&](std::size_t i) {
        return goes_on_to_backend(head.ids[i], head, http2) && (plain || !is_removed(head, i, request.edits));
      },
      out);
  append_own("X-Forwarded-For", request.forwarded.client_ip, request.edits, out);
  append_own("X-Forwarded-Proto", request.forwarded.scheme, request.edits, out);
  if (!request.forwarded.host.empty()) append_own("X-Forwarded-Host", request.forwarded.host, request.edits, out);
  request.edits.append_lines(out);
}

bool takes_trailers(const RequestHead& head) {
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.ids[i] == FieldId::kTe && equals_ignoring_case(head.fields[i].value, "trailers")) return true;
  }
  return false;
}

}  // namespace

void append_request_head(const OutgoingRequest& request, std::string& out) {
  const RequestHead& head = request.head;
  out.append(head.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  append_field("Host", request.host, out);
  // A body of HTTP/2 need not tell its length.
  if (head.http2 && head.framing.kind == BodyKind::kChunked) append_field("Transfer-Encoding", "chunked", out);
  append_request_lines(request, false, out);
  out.append("\r\n");
}

void append_request_fields(const OutgoingRequest& request, std::string& out) {
  append_request_lines(request, true, out);
  // Hop by hop, but true of us as well: trailers are carried on. gRPC's servers look for it.
  if (request.head.http2 && takes_trailers(request.head)) append_field("te", "trailers", out);
}

void append_response_head(const OutgoingResponse& response, std::string& out) {
  const ResponseHead& head = response.head;
  const std::array<char, 4> status{static_cast<char>('0' + head.status / 100),
                                   static_cast<char>('0' + head.status / 10 % 10),
                                   static_cast<char>('0' + head.status % 10), ' '};
  out.append("HTTP/1.1 ").append(status.data(), status.size()).append(head.reason_phrase).append("\r\n");
  append_response_fields(response, out);
  out.append("\r\n");
}

void append_response_fields(const OutgoingResponse& response, std::string& out) {
  const ResponseHead& head = response.head;
  const bool plain = !head.nominates && response.edits.empty();
  append_lines(
      head,
      [&](std::size_t i) {
        return goes_on_to_client(head.ids[i], response) && (plain || !is_removed(head, i, response.edits));
      },
      out);
  if (!response.http2 && response.framing == BodyKind::kChunked && head.framing.kind != BodyKind::kChunked) {
    append_field("Transfer-Encoding", "chunked", out);
  }
  if (!head.has_date && !response.date.empty()) append_own("Date", response.date, response.edits, out);
  if (!response.connection.empty()) append_field("Connection", response.connection, out);
  response.edits.append_lines(out);
}

void append_status_line(std::uint16_t status, std::string& out) {
  std::array<char, 8> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), status).ptr;
  out.append("HTTP/1.1 ").append(digits.data(), end).append(" ").append(reason_phrase(status)).append("\r\n");
}

void append_reply(const Reply& reply, std::string_view connection, std::string_view date, bool with_body,
                  std::string& out) {
  append_status_line(reply.status, out);
  if (!connection.empty()) append_field("Connection", connection, out);
  append_reply_fields(reply, date, out);
  out.append("\r\n");
  if (with_body) out.append(reply.body);
}

void append_reply_fields(const Reply& reply, std::string_view date, std::string& out) {
  append_own("Date", date, reply.edits, out);
  if (!reply.location.empty()) append_own("Location", reply.location, reply.edits, out);
  if (!reply.fields.empty()) {
    out.append(reply.fields);
  } else {
    if (!reply.body.empty()) append_own("Content-Type", "text/plain; charset=utf-8", reply.edits, out);
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), reply.body.size()).ptr;
    append_field("Content-Length", {digits.data(), end}, out);
  }
  reply.edits.append_lines(out);
}

void append_chunk_size(std::size_t size, std::string& out) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  out.append(digits.data(), end).append("\r\n");
}

}  // namespace sluice::l7
