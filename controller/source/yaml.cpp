#include "controller/source/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "controller/source/surrogates.h"
#include "controller/source/utf8.h"

namespace sluice::source {
namespace {

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

unsigned line_of(const yaml_mark_t& mark) {
  return static_cast<unsigned>(mark.line) + 1;
}

/// A YAML escape may be a NUL, so a scalar has a length.
std::string_view text_of(const yaml_event_t& scalar) {
  return {reinterpret_cast<const char*>(scalar.data.scalar.value), scalar.data.scalar.length};
}

/// One event, given back at the end.
class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  [[nodiscard]] yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_{};
};

/// The events of one text, which is borrowed.
class Parser {
 public:
  explicit Parser(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) std::abort();  // out of memory, as new would end
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Parser() { yaml_parser_delete(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// False at a defect of the text.
  bool next(Event& event) { return yaml_parser_parse(&parser_, event.get()) != 0; }
  [[nodiscard]] YamlError error() const {
    const std::string what = parser_.problem != nullptr ? ": " + std::string(parser_.problem) : "";
    return {line_of(parser_.problem_mark), "is no YAML" + what};
  }

 private:
  yaml_parser_t parser_{};
};

/// Makes a document's nodes of the parser's events.
class Builder {
 public:
  /// The root of the document that was read last; null before its end.
  [[nodiscard]] const YamlNode* root() const { return root_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  /// False when a limit or an unknown alias ends the text; error() says why.
  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        anchors_.clear();
        nodes_.clear();
        root_ = nullptr;
        return true;
      case YAML_MAPPING_START_EVENT:
        return open(YamlNode::Kind::kMap, event, event.data.mapping_start.anchor, event.data.mapping_start.tag);
      case YAML_SEQUENCE_START_EVENT:
        return open(YamlNode::Kind::kList, event, event.data.sequence_start.anchor, event.data.sequence_start.tag);
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT:
        open_.pop_back();
        return true;
      case YAML_SCALAR_EVENT:
        return scalar(event);
      case YAML_ALIAS_EVENT:
        return alias(event);
      default:
        return true;
    }
  }
  [[nodiscard]] const YamlError& error() const { return error_; }

 private:
  /// A list or map that has begun; key waits for its value.
  struct Open {
    YamlNode* node;
    const YamlNode* key = nullptr;
  };

  bool fail(unsigned line, std::string what) {
    error_ = {line, std::move(what)};
    return false;
  }
  YamlNode* add(const yaml_event_t& event, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (nodes_.size() >= kMaxYamlNodes) {
      fail(line_of(event.start_mark),
           "has more than " + std::to_string(kMaxYamlNodes) + " values in one document; split it");
      return nullptr;
    }
    YamlNode& node = nodes_.emplace_back();
    node.line = line_of(event.start_mark);
    node.tag = text_of(tag);
    if (anchor != nullptr) anchors_.insert_or_assign(std::string(text_of(anchor)), &node);
    return &node;
  }
  void place(const YamlNode* node) {
    if (open_.empty()) {
      root_ = node;
    } else if (Open& parent = open_.back(); parent.node->kind == YamlNode::Kind::kList) {
      parent.node->children.emplace_back(nullptr, node);
    } else if (parent.key == nullptr) {
      parent.key = node;
    } else {
      parent.node->children.emplace_back(std::exchange(parent.key, nullptr), node);
    }
  }
  bool open(YamlNode::Kind kind, const yaml_event_t& event, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (open_.size() >= kMaxYamlDepth) {
      return fail(line_of(event.start_mark), "is nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
    }
    YamlNode* node = add(event, anchor, tag);
    if (node == nullptr) return false;
    node->kind = kind;
    place(node);
    open_.push_back({node});
    return true;
  }
  bool scalar(const yaml_event_t& event) {
    YamlNode* node = add(event, event.data.scalar.anchor, event.data.scalar.tag);
    if (node == nullptr) return false;
    node->text = text_of(event);
    node->plain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    place(node);
    return true;
  }
  bool alias(const yaml_event_t& event) {
    const std::string name(text_of(event.data.alias.anchor));
    const auto found = anchors_.find(name);
    const unsigned line = line_of(event.start_mark);
    if (found == anchors_.end()) return fail(line, "alias *" + name + " has no anchor before it");
    for (const Open& open : open_) {
      if (open.node == found->second) return fail(line, "alias *" + name + " contains itself");
    }
    place(found->second);
    return true;
  }

  std::deque<YamlNode> nodes_;  ///< addresses are stable
  const YamlNode* root_ = nullptr;
  std::vector<Open> open_;
  std::unordered_map<std::string, const YamlNode*> anchors_;
  YamlError error_;
};

/// The line of the first %TAG directive beyond the limit; 0 where there are not as many.
unsigned line_beyond_tags(std::string_view text) {
  unsigned tags = 0;
  for (std::size_t at = 0; at != std::string_view::npos; at = text.find("\n%TAG", at + 1)) {
    if (at == 0 && !text.starts_with("%TAG")) continue;
    if (++tags > kMaxTagDirectives) return static_cast<unsigned>(1 + std::ranges::count(text.substr(0, at + 1), '\n'));
  }
  return 0;
}

bool is_empty(const YamlNode* root) {
  return root == nullptr || (root->kind == YamlNode::Kind::kScalar && root->plain && root->text.empty());
}

}  // namespace

struct YamlReader::State {
  std::string_view text;
  std::string joined;  ///< what text then views, where a copy had to be made
  std::optional<Parser> parser;
  Builder builder;
  bool at_end = false;

  std::expected<void, YamlError> open() {
    if (text.size() > kMaxFileBytes) {
      return std::unexpected(YamlError{0, "is larger than " + std::to_string(kMaxFileBytes >> 20) + " MiB; split it"});
    }
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (const auto bad = first_bad_byte(text)) {
      const auto line = static_cast<unsigned>(1 + std::ranges::count(text.substr(0, *bad), '\n'));
      return std::unexpected(YamlError{line, "is no YAML: neither UTF-8 text nor a line break or tab"});
    }
    if (const unsigned line = line_beyond_tags(text)) {
      return std::unexpected(
          YamlError{line, "has more than " + std::to_string(kMaxTagDirectives) + " %TAG directives; leave them out"});
    }
    if (auto copy = join_surrogates(text)) text = joined = std::move(*copy);
    parser.emplace(text);
    return {};
  }
  /// Takes events to the end of the next document, or of the text.
  std::expected<void, YamlError> read_document() {
    for (;;) {
      Event event;
      if (!parser->next(event)) return std::unexpected(parser->error());
      if (!builder.take(*event.get())) return std::unexpected(builder.error());
      at_end = event.get()->type == YAML_STREAM_END_EVENT;
      if (at_end || event.get()->type == YAML_DOCUMENT_END_EVENT) return {};
    }
  }
};

YamlReader::YamlReader(std::string_view text)
    : state_(new State{.text = text, .joined = {}, .parser = {}, .builder = {}}) {}
YamlReader::~YamlReader() = default;
std::size_t YamlReader::size() const {
  return state_->builder.size();
}

std::expected<const YamlNode*, YamlError> YamlReader::next() {
  if (!state_->at_end && !state_->parser) {
    if (auto opened = state_->open(); !opened) {
      state_->at_end = true;
      return std::unexpected(std::move(opened.error()));
    }
  }
  while (!state_->at_end) {
    if (auto read = state_->read_document(); !read) {
      state_->at_end = true;
      return std::unexpected(std::move(read.error()));
    }
    if (!state_->at_end && !is_empty(state_->builder.root())) return state_->builder.root();
  }
  return nullptr;
}

}  // namespace sluice::source
