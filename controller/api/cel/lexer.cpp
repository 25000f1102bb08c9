#include "controller/api/cel/lexer.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace sluice::api::cel {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void append_code_point(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  std::expected<std::vector<Token>, std::string> run() {
    while (skip_space(), at_ < source_.size()) {
      if (!next()) return std::unexpected(error_ + " at byte " + std::to_string(at_));
    }
    tokens_.push_back({Token::Kind::kEnd, "", at_});
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }
  void skip_space() {
    while (at_ < source_.size()) {
      if (source_.substr(at_).starts_with("//")) {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      } else if (std::string_view(" \t\r\n\f").find(source_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        return;
      }
    }
  }
  bool fail(std::string what) {
    error_ = std::move(what);
    return false;
  }
  bool next() {
    const char c = peek();
    const bool raw = (c == 'r' || c == 'R') && (peek(1) == '"' || peek(1) == '\'');
    if (raw || c == '"' || c == '\'') return string(raw);
    if (starts_name(c)) return name();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    return symbol();
  }
  bool name() {
    const std::size_t begin = at_;
    while (starts_name(peek()) || is_digit(peek())) ++at_;
    tokens_.push_back({Token::Kind::kName, std::string(source_.substr(begin, at_ - begin)), begin});
    return true;
  }
  bool number() {
    const std::size_t begin = at_;
    bool whole = true;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      whole = false;
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (starts_name(peek())) return fail("a number that is not decimal");
    tokens_.push_back(
        {whole ? Token::Kind::kInt : Token::Kind::kDouble, std::string(source_.substr(begin, at_ - begin)), begin});
    return true;
  }
  bool symbol() {
    static constexpr std::array<std::string_view, 24> kSymbols{"==", "!=", "<=", ">=", "&&", "||", "(", ")",
                                                               "[",  "]",  ".",  ",",  "?",  ":",  "!", "<",
                                                               ">",  "+",  "-",  "*",  "/",  "%",  "{", "}"};
    for (const std::string_view symbol : kSymbols) {
      if (!source_.substr(at_).starts_with(symbol)) continue;
      tokens_.push_back({Token::Kind::kSymbol, std::string(symbol), at_});
      at_ += symbol.size();
      return true;
    }
    return fail("unexpected character");
  }
  bool string(bool raw) {
    const std::size_t begin = at_;
    if (raw) ++at_;
    std::string_view quote = source_.substr(at_, 1);
    if (peek(1) == quote[0] && peek(2) == quote[0]) quote = source_.substr(at_, 3);
    at_ += quote.size();
    std::string out;
    while (!source_.substr(at_).starts_with(quote)) {
      if (at_ >= source_.size() || (quote.size() == 1 && source_[at_] == '\n')) return fail("string without an end");
      if (source_[at_] == '\\' && !raw) {
        if (!escape(out)) return false;
      } else {
        out += source_[at_++];
      }
    }
    at_ += quote.size();
    tokens_.push_back({Token::Kind::kString, std::move(out), begin});
    return true;
  }
  bool escape(std::string& out) {
    static constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
    static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
    const char c = peek(1);
    if (const std::size_t known = kLetters.find(c); c != '\0' && known != std::string_view::npos) {
      out += kMeanings[known];
      at_ += 2;
      return true;
    }
    const std::size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 3;
    const std::size_t from = at_ + (is_digit(c) ? 1 : 2);
    const int base = is_digit(c) ? 8 : 16;
    if (!is_digit(c) && std::string_view("xXuU").find(c) == std::string_view::npos) return fail("unknown escape");
    if (from + digits > source_.size()) return fail("escape without an end");
    std::uint32_t code = 0;
    const char* const end = source_.data() + from + digits;
    const auto [stop, failed] = std::from_chars(source_.data() + from, end, code, base);
    if (failed != std::errc() || stop != end || code > 0x10ffff) return fail("bad escape");
    append_code_point(out, code);
    at_ = from + digits;
    return true;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::string error_;
};

}  // namespace

std::expected<std::vector<Token>, std::string> tokenize(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace sluice::api::cel
