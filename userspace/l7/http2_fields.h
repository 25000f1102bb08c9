// Field sections of HTTP/2 and heads as the engine has them. What comes is written down as the lines that HTTP/1.1
// would have had: heads of both protocols are one thing to routing, filters and the other side.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l7/head.h"
#include "userspace/l7/http1_parser.h"

namespace sluice::l7 {

/// Appends each line ("name: value" CRLF) as a field; views into `lines`. nghttp2 copies them, names in lower case.
void append_fields(std::string_view lines, std::vector<nghttp2_nv>& out);

inline nghttp2_nv field_of(std::string_view name, std::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

/// One head as it comes, field by field. nghttp2 has judged each field, and the pseudo-header fields' places.
class Http2HeadReader {
 public:
  explicit Http2HeadReader(const HeadLimits& limits) : limits_(limits) {}

  void start();

  /// Counts a field of the head or behind it. false: so far beyond the limits that the rest is not even to be looked
  /// at. An octet of HPACK can stand for 4 KiB, and each of those would be judged.
  [[nodiscard]] bool admits(std::string_view name, std::string_view value);

  /// What is beyond the limits is not kept; finish() says so.
  void add(std::string_view name, std::string_view value);

  /// ended: nothing follows the head. false: refused, with what could be read of the head. Views into the reader, until
  /// start().
  bool finish(RequestHead& head, bool ended, Refusal& refusal);

  /// method: of the request. Unknown lengths end with the stream (kUntilClose).
  bool finish(ResponseHead& head, std::string_view method, Refusal& refusal);

 private:
  struct Place {
    std::size_t at = 0;
    std::size_t size = 0;
  };

  void add_pseudo(std::string_view name, std::string_view value);
  void add_line(std::string_view name, std::string_view value);
  [[nodiscard]] std::string_view view(Place place) const {
    return std::string_view(text_).substr(place.at, place.size);
  }
  void set_fields(Head& head) const;

  const HeadLimits& limits_;
  std::string text_;  ///< pseudo-header fields' values, then lines
  struct Line {
    Place name;
    Place value;
  };
  std::vector<Line> lines_;
  std::string cookie_;
  std::string host_;  ///< the Host field, beside :authority
  Place method_;
  Place authority_;
  Place path_;
  std::string scheme_;
  std::uint16_t status_ = 0;
  std::size_t hosts_ = 0;
  std::size_t offered_ = 0;  ///< octets of all fields, kept or not
  std::size_t offered_fields_ = 0;
  bool has_authority_ = false;
  bool too_large_ = false;
  bool too_long_ = false;  ///< :path
};

/// Appends a trailer field as a line where it may stand in one.
void append_trailer(std::string_view name, std::string_view value, std::string& lines);

}  // namespace sluice::l7
