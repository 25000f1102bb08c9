#include "controller/report/raw_object.h"

#include <boost/json/parse.hpp>

#include "controller/source/kubernetes/raw_json.h"

namespace sluice::report {
namespace {

constexpr std::string_view kSpace = " \t\r\n";  // RFC 8259, 2

}  // namespace

std::string with_member(std::string_view object, std::string_view key, std::string_view value) {
  if (const auto found = kubernetes::raw_member(object, key)) {
    const auto at = static_cast<std::size_t>(found->data() - object.data());
    std::string out(object.substr(0, at));
    out.append(value).append(object.substr(at + found->size()));
    return out;
  }
  const std::string member = kubernetes::quoted(key) + ":" + std::string(value);
  const std::size_t begin = object.find_first_not_of(kSpace);
  const std::size_t end = object.find_last_not_of(kSpace);
  if (begin == std::string_view::npos || object[begin] != '{' || object[end] != '}') return "{" + member + "}";
  std::string out(object.substr(0, end));
  if (object.find_first_not_of(kSpace, begin + 1) != end) out += ',';
  out.append(member).append(object.substr(end));
  return out;
}

std::string list_of(std::span<const std::string> items) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += item;
  }
  return out + "]";
}

boost::json::value parsed(std::string_view text) {
  boost::system::error_code failed;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), failed);
  return failed ? boost::json::value() : value;
}

bool says(std::optional<std::string_view> text, const boost::json::value& value) {
  return text && parsed(*text) == value;
}

}  // namespace sluice::report
