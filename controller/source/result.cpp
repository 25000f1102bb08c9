#include "controller/source/result.h"

namespace sluice::source {
namespace {

std::string prefix(const std::string& file, unsigned line, const std::string& object) {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (!out.empty()) out += ": ";
  return object.empty() ? out : out + object + ": ";
}

}  // namespace

std::string to_string(const SourceError& error) {
  return prefix(error.file, error.line, error.object) + (error.field.empty() ? "" : error.field + ": ") + error.what;
}

std::string to_string(const Notice& notice) {
  return prefix(notice.file, notice.line, notice.object) + notice.what;
}

}  // namespace sluice::source
