// What the controller has to tell, handed to whoever logs: the process's log is userspace/process, which only the
// composition root knows.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::daemon {

enum class Level { kInfo, kWarn, kError };
using Field = std::pair<std::string_view, std::string>;
/// message: constant text, what varies goes into fields. Never a token or a private key.
using Journal = std::function<void(Level, std::string_view message, std::initializer_list<Field> fields)>;

}  // namespace sluice::daemon
