// The access log: one JSON object a line and request. Each worker gathers lines of its own and writes them whole.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "userspace/l7/reason.h"
#include "userspace/l7/wall_clock.h"
#include "userspace/transport/loop.h"

namespace sluice::l7 {

/// The file, for all workers. Writing and reopening may go on at once, on any threads.
class AccessLog {
 public:
  /// "-" is standard output; else a file, made (0640) or appended to, or a named pipe that somebody reads. Error: what
  /// the kernel refused, for a person.
  static std::expected<std::unique_ptr<AccessLog>, std::string> open(const std::string& path);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  /// After a rotation (SIGHUP): opens the path again; the old file stays in use where that fails. Standard output: no
  /// effect.
  std::expected<void, std::string> reopen();

  /// Whole lines, which lines of other threads do not cut. Never waits: what a full disk or pipe does not take is lost,
  /// and counted.
  void write(std::string_view lines);
  [[nodiscard]] std::uint64_t lost_bytes() const { return lost_.load(std::memory_order_relaxed); }

 private:
  AccessLog(std::string path, int fd);
  void look();
  [[nodiscard]] std::size_t put(std::string_view text) const;

  std::string path_;
  int fd_;
  std::mutex mutex_;    ///< guards what follows, and keeps lines whole
  bool waits_ = false;  ///< a pipe, a socket or a terminal: a write might wait for its reader
  bool torn_ = false;   ///< what was taken last did not end a line
  std::atomic<std::uint64_t> lost_{0};
};

/// What a line says. Views live until append_line returns.
struct AccessRecord {
  WallClock::Steady started;
  std::chrono::nanoseconds duration{0};
  std::chrono::nanoseconds backend_duration{-1};  ///< until the backend's head; below 0: it did not answer
  std::string_view client;                        ///< address and port
  std::string_view listener;                      ///< namespace/Kind/name/listener; "" where none took the request
  std::string_view method;
  std::string_view host;
  std::string_view target;
  std::uint8_t minor_version = 1;
  bool http2 = false;
  bool tls = false;
  std::uint16_t status = 0;  ///< 0: no response was begun
  Reason reason = Reason::kForwarded;
  std::string_view route;  ///< "HTTPRoute/namespace/name"
  std::string_view rule;   ///< its name, else its index
  std::string_view backend;
  std::string_view endpoint;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
};

/// Appends the record as a line of JSON. Fields that would be empty are left out.
void append_line(const AccessRecord& record, WallClock& clock, std::string& out);

/// One worker's lines: written when there are many, and once a second.
class AccessLogWriter {
 public:
  /// log: nullptr: enabled() is false. Outlives the writer.
  AccessLogWriter(AccessLog* log, transport::Loop& loop) : log_(log), loop_(loop) {}
  ~AccessLogWriter() { flush(); }
  AccessLogWriter(const AccessLogWriter&) = delete;
  AccessLogWriter& operator=(const AccessLogWriter&) = delete;

  [[nodiscard]] bool enabled() const { return log_ != nullptr; }
  void add(const AccessRecord& record, WallClock& clock);
  void flush();

 private:
  static constexpr std::size_t kFlushAt = 32UL * 1024;
  static constexpr std::chrono::milliseconds kFlushEvery{1000};

  AccessLog* log_;
  transport::Loop& loop_;
  std::string lines_;
  transport::Timer timer_ = transport::Timer::bind<&AccessLogWriter::flush>(this);
};

}  // namespace sluice::l7
