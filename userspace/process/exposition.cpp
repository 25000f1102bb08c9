#include "userspace/process/exposition.h"

#include <fmt/format.h>

namespace sluice::process {
namespace {

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

}  // namespace

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  text_ += fmt::format("# HELP {} ", name);
  append_escaped(text_, help, false);
  text_ += fmt::format("\n# TYPE {} {}\n", name, type);
}

void Exposition::head(std::string_view name, std::initializer_list<Label> labels) {
  text_ += name;
  char before = '{';
  for (const auto& [key, value] : labels) {
    text_ += before;
    text_ += key;
    text_ += "=\"";
    append_escaped(text_, value, true);
    text_ += '"';
    before = ',';
  }
  if (labels.size() > 0) text_ += '}';
}

void Exposition::sample(std::string_view name, std::initializer_list<Label> labels, std::uint64_t value) {
  head(name, labels);
  text_ += fmt::format(" {}\n", value);
}

void Exposition::sample(std::string_view name, std::initializer_list<Label> labels, double value) {
  head(name, labels);
  text_ += fmt::format(" {}\n", value);
}

}  // namespace sluice::process
