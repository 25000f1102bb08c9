// A running node, by the admin endpoint on its unix socket.
#pragma once

#include <expected>
#include <string>

namespace sluice::ctl {

struct Answer {
  unsigned status = 0;
  std::string body;
};

/// GET `target` ("/config?keys=redacted") from the sluiced that listens on `socket`. Blocks, 10 s at most. The error
/// says which socket and why, and what would do.
std::expected<Answer, std::string> ask_node(const std::string& socket, const std::string& target);

/// As ask_node, but anything other than 200 is an error.
std::expected<std::string, std::string> fetch_from_node(const std::string& socket, const std::string& target);

}  // namespace sluice::ctl
