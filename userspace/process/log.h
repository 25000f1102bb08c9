// Structured logs: an event is a message and fields, one JSON object a line (or text for a person), on stderr.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::process {

enum class LogLevel { trace, debug, info, warn, error };

/// A field's value is always a string; numbers are formatted by the caller.
using LogField = std::pair<std::string_view, std::string>;

/// Once, before the first log(). Thread-safe afterwards.
void configure_log(std::string_view level, std::string_view format);

/// message: constant text ("manifests refused"), what varies goes into fields. Never a private key.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

/// `text` as the inside of a JSON string.
std::string json_escape(std::string_view text);

}  // namespace sluice::process
