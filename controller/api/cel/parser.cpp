#include "controller/api/cel/parser.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "controller/api/cel/field_name.h"
#include "controller/api/cel/lexer.h"

namespace sluice::api::cel {

Node::Node() = default;
Node::~Node() = default;

namespace {

using NodePtr = std::unique_ptr<Node>;

struct BinaryOperator {
  std::string_view symbol;
  Operator op;
  unsigned level;  ///< binds the tighter, the higher
};
constexpr std::array kBinaryOperators{
    BinaryOperator{"||", Operator::kOr, 0},      BinaryOperator{"&&", Operator::kAnd, 1},
    BinaryOperator{"==", Operator::kEqual, 2},   BinaryOperator{"!=", Operator::kUnequal, 2},
    BinaryOperator{"<", Operator::kLess, 2},     BinaryOperator{"<=", Operator::kLessEqual, 2},
    BinaryOperator{">", Operator::kGreater, 2},  BinaryOperator{">=", Operator::kGreaterEqual, 2},
    BinaryOperator{"in", Operator::kIn, 2},      BinaryOperator{"+", Operator::kAdd, 3},
    BinaryOperator{"-", Operator::kSubtract, 3}, BinaryOperator{"*", Operator::kMultiply, 4},
    BinaryOperator{"/", Operator::kDivide, 4},   BinaryOperator{"%", Operator::kModulo, 4},
};
constexpr unsigned kUnaryLevel = 5;

struct Macro {
  std::string_view name;
  Operator op;
};
constexpr std::array kMacros{Macro{"all", Operator::kAll}, Macro{"exists", Operator::kExists},
                             Macro{"exists_one", Operator::kExistsOne}, Macro{"filter", Operator::kFilter}};

struct NamedType {
  std::string_view name;
  TypeName type;
};
constexpr std::array kTypes{NamedType{"bool", TypeName::kBool},     NamedType{"int", TypeName::kInt},
                            NamedType{"double", TypeName::kDouble}, NamedType{"string", TypeName::kString},
                            NamedType{"list", TypeName::kList},     NamedType{"map", TypeName::kMap},
                            NamedType{"null_type", TypeName::kNull}};

/// Recursive descent. A null node means that error_ says why.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
    scope_ = {{"self", kSelfSlot}, {"oldSelf", kOldSelfSlot}};
  }

  std::expected<ParsedRule, std::string> run() {
    NodePtr root = expression();
    if (root != nullptr && peek().kind != Token::Kind::kEnd) root = fail("unexpected \"" + peek().text + "\"");
    if (root == nullptr) return std::unexpected(error_);
    return ParsedRule{std::move(root), slots_, uses_old_self_};
  }

 private:
  struct Variable {
    std::string name;
    std::size_t slot;
  };

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  [[nodiscard]] bool is_symbol(std::string_view symbol, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::kSymbol && peek(ahead).text == symbol;
  }
  bool take(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    ++at_;
    return true;
  }
  NodePtr fail(std::string what) {
    if (error_.empty()) error_ = std::move(what) + " at byte " + std::to_string(peek().at);
    return nullptr;
  }

  template <class... Args>
  NodePtr make(Operator op, Args... args) {
    NodePtr node = std::make_unique<Node>();
    node->op = op;
    (node->args.push_back(std::move(args)), ...);
    return seal(std::move(node));
  }
  /// Fails where an argument failed, or where the tree becomes too deep.
  NodePtr seal(NodePtr node) {
    for (const NodePtr& arg : node->args) {
      if (arg == nullptr) return nullptr;
      node->depth = std::max(node->depth, arg->depth + 1);
    }
    return node->depth <= kMaxTreeDepth ? std::move(node) : fail("nested too deep");
  }

  NodePtr expression() {
    if (++nesting_ > kMaxTreeDepth) return fail("nested too deep");
    NodePtr node = binary(0);
    if (node != nullptr && take("?")) {
      NodePtr yes = binary(0);
      if (yes != nullptr && !take(":")) return fail("\":\" is missing");
      NodePtr no = yes != nullptr ? expression() : nullptr;
      node = make(Operator::kConditional, std::move(node), std::move(yes), std::move(no));
    }
    --nesting_;
    return node;
  }

  std::optional<Operator> binary_operator(unsigned level) const {
    const bool word = peek().kind == Token::Kind::kName && peek().text == "in";
    if (peek().kind != Token::Kind::kSymbol && !word) return std::nullopt;
    for (const BinaryOperator& candidate : kBinaryOperators) {
      if (candidate.level == level && candidate.symbol == peek().text) return candidate.op;
    }
    return std::nullopt;
  }
  NodePtr binary(unsigned level) {
    if (level == kUnaryLevel) return unary();
    NodePtr left = binary(level + 1);
    while (left != nullptr) {
      const auto op = binary_operator(level);
      if (!op) break;
      ++at_;
      left = make(*op, std::move(left), binary(level + 1));
    }
    return left;
  }
  NodePtr unary() {
    const bool negation = is_symbol("!");
    if (!negation && !is_symbol("-")) return member();
    ++at_;
    if (++nesting_ > kMaxTreeDepth) return fail("nested too deep");
    NodePtr node = make(negation ? Operator::kNot : Operator::kNegate, unary());
    --nesting_;
    return node;
  }

  NodePtr member() {
    NodePtr node = primary();
    while (node != nullptr) {
      if (take("[")) {
        node = make(Operator::kIndex, std::move(node), expression());
        if (node != nullptr && !take("]")) return fail("\"]\" is missing");
      } else if (take(".")) {
        if (peek().kind != Token::Kind::kName) return fail("a name is missing");
        const std::string name = tokens_[at_++].text;
        node = take("(") ? method(std::move(node), name) : select(std::move(node), name);
      } else {
        break;
      }
    }
    return node;
  }
  NodePtr select(NodePtr of, const std::string& name) {
    NodePtr node = make(Operator::kSelect, std::move(of));
    if (node != nullptr) node->text = field_name(name);
    return node;
  }
  NodePtr method(NodePtr receiver, const std::string& name) {
    for (const Macro& macro : kMacros) {
      if (macro.name == name) return comprehension(macro.op, std::move(receiver));
    }
    NodePtr node = make(Operator::kCall, std::move(receiver));
    return node != nullptr ? call(std::move(node), name, true) : nullptr;
  }
  NodePtr comprehension(Operator op, NodePtr range) {
    if (peek().kind != Token::Kind::kName || !is_symbol(",", 1)) return fail("a variable and a condition are missing");
    scope_.push_back({peek().text, scope_.size()});
    slots_ = std::max(slots_, scope_.size());
    const std::size_t slot = scope_.back().slot;
    at_ += 2;
    NodePtr node = make(op, std::move(range), expression());
    scope_.pop_back();
    if (node == nullptr) return nullptr;
    if (!take(")")) return fail("\")\" is missing");
    node->slot = slot;
    return node;
  }

  /// After the opening parenthesis; node holds the receiver, if any.
  NodePtr call(NodePtr node, const std::string& name, bool is_method) {
    if (!list_until(*node, ")")) return nullptr;
    node->function = find_function(name, is_method, node->args.size());
    if (node->function == nullptr) return fail("no function " + name + " of " + std::to_string(node->args.size()));
    node = seal(std::move(node));
    if (node == nullptr || name != "matches" || node->args[1]->op != Operator::kLiteral) return node;
    const std::string& pattern = node->args[1]->text;
    node->pattern = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), RE2::Quiet);
    return node->pattern->ok() ? std::move(node) : fail("bad pattern: " + node->pattern->error());
  }
  bool list_until(Node& node, std::string_view end) {
    if (take(end)) return true;
    do {
      NodePtr item = expression();
      if (item == nullptr) return false;
      node.args.push_back(std::move(item));
    } while (take(",") && !is_symbol(end));
    return take(end) || fail("\"" + std::string(end) + "\" is missing") != nullptr;
  }

  NodePtr primary() {
    const Token token = peek();
    if (token.kind == Token::Kind::kName) return name();
    if (token.kind == Token::Kind::kInt || token.kind == Token::Kind::kDouble) return number();
    ++at_;
    if (token.kind == Token::Kind::kString) return text(token.text);
    if (token.kind == Token::Kind::kSymbol && token.text == "(") {
      NodePtr node = expression();
      return node == nullptr || take(")") ? std::move(node) : fail("\")\" is missing");
    }
    if (token.kind == Token::Kind::kSymbol && token.text == "[") {
      NodePtr node = std::make_unique<Node>();
      node->op = Operator::kList;
      return list_until(*node, "]") ? seal(std::move(node)) : nullptr;
    }
    --at_;
    return fail(token.kind == Token::Kind::kEnd ? "the rule ends early" : "unexpected \"" + token.text + "\"");
  }
  NodePtr literal(Value value) {
    NodePtr node = std::make_unique<Node>();
    node->literal = value;
    return node;
  }
  NodePtr text(const std::string& value) {
    NodePtr node = std::make_unique<Node>();
    node->text = value;
    node->literal = {std::string_view(node->text)};
    return node;
  }
  NodePtr number() {
    const Token& token = tokens_[at_++];
    const char* const end = token.text.data() + token.text.size();
    std::int64_t whole = 0;
    double real = 0;
    const bool is_int = token.kind == Token::Kind::kInt;
    const auto read =
        is_int ? std::from_chars(token.text.data(), end, whole) : std::from_chars(token.text.data(), end, real);
    if (read.ec != std::errc() || read.ptr != end) return fail("a number out of range");
    return is_int ? literal({whole}) : literal({real});
  }

  NodePtr name() {
    const std::string name = tokens_[at_++].text;
    if (name == "true" || name == "false") return literal({name == "true"});
    if (name == "null") return literal({Null{}});
    if (take("(")) return name == "has" ? has() : call(std::make_unique<Node>(), Operator::kCall, name);
    for (auto variable = scope_.rbegin(); variable != scope_.rend(); ++variable) {
      if (variable->name != name) continue;
      uses_old_self_ |= variable->slot == kOldSelfSlot;
      NodePtr node = make(Operator::kVariable);
      node->slot = variable->slot;
      return node;
    }
    // A function of a library: format.qualifiedName()
    if (is_symbol(".") && peek(1).kind == Token::Kind::kName && is_symbol("(", 2)) {
      const std::string whole = name + "." + peek(1).text;
      at_ += 3;
      return call(std::make_unique<Node>(), Operator::kCall, whole);
    }
    for (const NamedType& type : kTypes) {
      if (type.name == name) return literal({type.type});
    }
    --at_;
    return fail("unknown name \"" + name + "\"");
  }
  NodePtr call(NodePtr node, Operator op, const std::string& name) {
    node->op = op;
    return call(std::move(node), name, false);
  }
  NodePtr has() {
    NodePtr node = expression();
    if (node == nullptr) return nullptr;
    if (node->op != Operator::kSelect || !take(")")) return fail("has() takes a field");
    node->op = Operator::kHas;
    return node;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<Variable> scope_;
  std::size_t slots_ = 2;
  unsigned nesting_ = 0;
  bool uses_old_self_ = false;
  std::string error_;
};

}  // namespace

std::expected<ParsedRule, std::string> parse_rule(std::string_view source) {
  auto tokens = tokenize(source);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  return Parser(*std::move(tokens)).run();
}

}  // namespace sluice::api::cel
