#include "userspace/process/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

namespace sluice::process {
namespace {

bool json_lines = true;

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static spdlog::logger instance("sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return instance;
}

}  // namespace

std::string json_escape(std::string_view text) {
  constexpr std::array<char, 17> kHex{"0123456789abcdef"};
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 0xf];
        } else {
          out += c;
        }
    }
  }
  return out;
}

void configure_log(std::string_view level, std::string_view format) {
  json_lines = format == "json";
  logger().set_level(spdlog::level::from_str(std::string(level)));
  logger().set_pattern(json_lines ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%H:%M:%S.%e %-7l %v",
                       spdlog::pattern_time_type::utc);
  logger().flush_on(spdlog::level::info);
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!logger().should_log(level_of(level))) return;
  std::string line = json_lines ? "\"message\":\"" + json_escape(message) + '"' : std::string(message);
  for (const auto& [name, value] : fields) {
    if (json_lines) {
      line += ",\"" + std::string(name) + "\":\"" + json_escape(value) + '"';
    } else {
      line += "  " + std::string(name) + '=' + value;
    }
  }
  logger().log(level_of(level), line);
}

}  // namespace sluice::process
