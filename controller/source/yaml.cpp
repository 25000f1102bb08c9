#include "controller/source/yaml.h"

#include <libfyaml.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "controller/source/utf8.h"

namespace sluice::source {
namespace {

/// Not fy_diag_unref, which forgets the errors that were collected.
struct DiagDestroy {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct ParserDestroy {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
using DiagPtr = std::unique_ptr<fy_diag, DiagDestroy>;
using ParserPtr = std::unique_ptr<fy_parser, ParserDestroy>;

std::string text_of(fy_token* token) {
  if (token == nullptr) return {};
  std::size_t size = 0;
  const char* text = fy_token_get_text(token, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

unsigned line_of(fy_token* token) {
  const fy_mark* mark = token != nullptr ? fy_token_start_mark(token) : nullptr;
  return mark != nullptr ? static_cast<unsigned>(mark->line) + 1 : 0;
}

YamlError first_error(fy_diag* diag) {
  void* at = nullptr;
  const fy_diag_error* error = fy_diag_errors_iterate(diag, &at);
  if (error == nullptr) return {0, "is no YAML"};
  return {static_cast<unsigned>(error->line < 0 ? 0 : error->line), "is no YAML: " + std::string(error->msg)};
}

/// Makes a document's nodes of the parser's events.
class Builder {
 public:
  /// The root of the document that was read last; null before its end.
  [[nodiscard]] const YamlNode* root() const { return root_; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  /// False when a limit or an unknown alias ends the text; error() says why.
  bool take(const fy_event& event) {
    switch (event.type) {
      case FYET_DOCUMENT_START:
        anchors_.clear();
        nodes_.clear();
        root_ = nullptr;
        return true;
      case FYET_MAPPING_START:
        return open(YamlNode::Kind::kMap, event.mapping_start.mapping_start, event.mapping_start.anchor,
                    event.mapping_start.tag);
      case FYET_SEQUENCE_START:
        return open(YamlNode::Kind::kList, event.sequence_start.sequence_start, event.sequence_start.anchor,
                    event.sequence_start.tag);
      case FYET_MAPPING_END:
      case FYET_SEQUENCE_END:
        open_.pop_back();
        return true;
      case FYET_SCALAR:
        return scalar(event);
      case FYET_ALIAS:
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
  YamlNode* add(fy_token* token, fy_token* anchor, fy_token* tag) {
    if (nodes_.size() >= kMaxYamlNodes) {
      fail(line_of(token), "has more than " + std::to_string(kMaxYamlNodes) + " values in one document; split it");
      return nullptr;
    }
    YamlNode& node = nodes_.emplace_back();
    node.line = line_of(token);
    if (node.line == 0) node.line = last_line_;
    last_line_ = node.line;
    if (tag != nullptr) node.tag = text_of(tag);
    if (anchor != nullptr) anchors_[text_of(anchor)] = &node;
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
  bool open(YamlNode::Kind kind, fy_token* token, fy_token* anchor, fy_token* tag) {
    if (open_.size() >= kMaxYamlDepth) {
      return fail(line_of(token), "is nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
    }
    YamlNode* node = add(token, anchor, tag);
    if (node == nullptr) return false;
    node->kind = kind;
    place(node);
    open_.push_back({node});
    return true;
  }
  bool scalar(const fy_event& event) {
    fy_token* value = event.scalar.value;
    YamlNode* node = add(value, event.scalar.anchor, event.scalar.tag);
    if (node == nullptr) return false;
    node->text = text_of(value);
    node->plain = value == nullptr || fy_token_scalar_style(value) == FYSS_PLAIN;
    place(node);
    return true;
  }
  bool alias(const fy_event& event) {
    const auto found = anchors_.find(text_of(event.alias.anchor));
    const unsigned line = line_of(event.alias.anchor);
    if (found == anchors_.end())
      return fail(line, "alias *" + text_of(event.alias.anchor) + " has no anchor before it");
    for (const Open& open : open_) {
      if (open.node == found->second) return fail(line, "alias *" + found->first + " contains itself");
    }
    place(found->second);
    return true;
  }

  std::deque<YamlNode> nodes_;  ///< addresses are stable
  const YamlNode* root_ = nullptr;
  std::vector<Open> open_;
  std::unordered_map<std::string, const YamlNode*> anchors_;
  unsigned last_line_ = 1;
  YamlError error_;
};

bool is_empty(const YamlNode* root) {
  return root == nullptr || (root->kind == YamlNode::Kind::kScalar && root->plain && root->text.empty());
}

}  // namespace

struct YamlReader::State {
  std::string_view text;
  DiagPtr diag;
  ParserPtr parser;
  Builder builder;
  bool at_end = false;

  std::expected<void, YamlError> open() {
    if (text.size() > kMaxFileBytes) {
      return std::unexpected(YamlError{0, "is larger than " + std::to_string(kMaxFileBytes >> 20) + " MiB; split it"});
    }
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    at_end = text.empty();
    if (at_end) return {};
    if (const auto bad = first_bad_byte(text)) {
      const auto line = static_cast<unsigned>(1 + std::ranges::count(text.substr(0, *bad), '\n'));
      return std::unexpected(YamlError{line, "is no YAML: neither UTF-8 text nor a line break or tab"});
    }
    fy_diag_cfg diag_cfg{};
    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = nullptr;
    diag.reset(fy_diag_create(&diag_cfg));
    fy_diag_set_collect_errors(diag.get(), true);
    fy_parse_cfg cfg{};
    cfg.flags = static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE);
    cfg.diag = diag.get();
    parser.reset(fy_parser_create(&cfg));
    if (fy_parser_set_string(parser.get(), text.data(), text.size()) == 0) return {};
    return std::unexpected(first_error(diag.get()));
  }
  /// Takes events to the end of the next document, or of the text.
  std::expected<void, YamlError> read_document() {
    while (fy_event* event = fy_parser_parse(parser.get())) {
      const fy_event_type type = event->type;
      const bool taken = builder.take(*event);
      fy_parser_event_free(parser.get(), event);
      if (!taken) return std::unexpected(builder.error());
      at_end = type == FYET_STREAM_END;
      if (at_end || type == FYET_DOCUMENT_END) return {};
    }
    at_end = true;
    if (fy_parser_get_stream_error(parser.get())) return std::unexpected(first_error(diag.get()));
    return {};
  }
};

YamlReader::YamlReader(std::string_view text)
    : state_(new State{.text = text, .diag = {}, .parser = {}, .builder = {}}) {}
YamlReader::~YamlReader() = default;
std::size_t YamlReader::size() const {
  return state_->builder.size();
}

std::expected<const YamlNode*, YamlError> YamlReader::next() {
  if (!state_->at_end && state_->parser == nullptr) {
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
