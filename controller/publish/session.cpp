#include "controller/publish/session.h"

#include <utility>

#include "sluice/control.h"

namespace sluice::publish {
namespace {

/// Of names and hashes that a node may tell: a model far beyond all that is foreseen.
constexpr std::size_t kHoldingBytes = 256U << 20;
/// Of resources that a node may refuse, for the same reason.
constexpr std::size_t kRefused = 1U << 20;

}  // namespace

Session::Session(std::string node, const Catalogue& catalogue, const View& view)
    : node_(std::move(node)), source_("source/" + node_), catalogue_(catalogue), view_(&view) {}

Session::Session(std::string node, const Catalogue& catalogue, const View& view, std::string leader)
    : node_(std::move(node)), catalogue_(catalogue), view_(&view), leader_(std::move(leader)) {}

PublishedPtr Session::target(std::string_view name) const {
  return name == source_ ? catalogue_.find(name) : view_->find(name);
}

std::expected<void, std::string> Session::receive(control::v1::NodeMessage message) {
  if (leader_) return {};
  switch (message.kind_case()) {
    case control::v1::NodeMessage::kHello:
      return receive_hello(message.hello());
    case control::v1::NodeMessage::kHolding:
      return receive_holding(message.holding());
    case control::v1::NodeMessage::kAck:
      return receive_ack(message.ack());
    case control::v1::NodeMessage::kHeartbeat:
    case control::v1::NodeMessage::KIND_NOT_SET:  // of a later version
      break;
  }
  return {};
}

std::expected<void, std::string> Session::receive_hello(const control::v1::Hello& hello) {
  if (hello.node() != node_) return std::unexpected("Hello of another node than the certificate names");
  if (hello.number() <= hello_) return std::unexpected("Hello with a number that was used before");
  hello_ = hello.number();
  node_generation_ = hello.generation();
  digest_ = hello.digest();
  holding_.clear();
  holding_bytes_ = 0;
  lacking_.clear();
  outgoing_.reset();
  is_under_way_ = false;
  transaction_ = 0;
  refused_so_far_.clear();
  has_answered_ = false;
  is_ask_due_ = false;
  stage_ = Stage::kHello;
  if (catalogue_.is_whole()) compare_digest();
  return {};
}

void Session::compare_digest() {
  const auto source = catalogue_.find(source_);
  if (digest_ == control::with_source(view_->digest(), source != nullptr ? source->hash : "")) {
    become_equal();
  } else {
    stage_ = Stage::kAsked;
    is_ask_due_ = true;
  }
}

void Session::become_equal() {
  stage_ = Stage::kEqual;
  acked_ = lacking_.empty() ? catalogue_.generation() : 0;
}

std::expected<void, std::string> Session::receive_holding(const control::v1::Holding& holding) {
  if (holding.hello() != hello_) return {};
  if (stage_ != Stage::kAsked) return std::unexpected("Holding that was not asked for");
  for (const auto& item : holding.items()) {
    holding_bytes_ += item.name().size() + item.hash().size();
    holding_[item.name()] = item.hash();
  }
  if (holding_bytes_ > kHoldingBytes) return std::unexpected("Holding of too many resources");
  if (holding.last()) compare_holding();
  return {};
}

void Session::compare_holding() {
  const auto compare = [&](const PublishedPtr& resource) {
    const auto held = holding_.find(resource->name);
    if (held == holding_.end() || held->second != resource->hash) lacking_.insert(resource->name);
    if (held != holding_.end()) holding_.erase(held);
  };
  view_->each(compare);
  if (const auto source = catalogue_.find(source_)) compare(source);
  for (const auto& [name, hash] : std::exchange(holding_, {})) lacking_.insert(name);
  become_equal();
}

std::expected<void, std::string> Session::receive_ack(const control::v1::Ack& ack) {
  if (ack.hello() != hello_ || stage_ == Stage::kNew) return {};
  if (ack.transaction() > transaction_ || (is_under_way_ && outgoing_ && ack.transaction() == transaction_)) {
    return std::unexpected("Ack of a transaction that was not sent");
  }
  for (const auto& refused : ack.refused()) refused_so_far_[refused.name()] = refused.reason();
  if (refused_so_far_.size() > kRefused) return std::unexpected("Ack that refuses too many resources");
  if (!ack.last()) return {};
  refused_ = std::exchange(refused_so_far_, {});
  has_answered_ = true;
  if (is_under_way_ && ack.transaction() == transaction_) {
    is_under_way_ = false;
    node_generation_ = transaction_generation_;
    acked_ = lacking_.empty() ? catalogue_.generation() : covers_;
  }
  return {};
}

void Session::changed(const Names& names) {
  if (stage_ == Stage::kHello && catalogue_.is_whole()) {
    compare_digest();
    return;
  }
  if (stage_ != Stage::kEqual) return;
  lacking_.insert(names.begin(), names.end());
  if (!lacking_.empty()) return;
  if (!is_under_way_) {
    acked_ = catalogue_.generation();
  } else if (covers_ != 0) {
    covers_ = catalogue_.generation();
  }
}

void Session::set_view(const View& view) {
  const auto difference = view.difference(*view_);
  view_ = &view;
  if (stage_ != Stage::kEqual || difference.empty()) return;
  lacking_.insert(difference.begin(), difference.end());
  acked_ = 0;
  covers_ = 0;
}

void Session::begin_transaction() {
  outgoing_.emplace();
  for (const auto& name : std::exchange(lacking_, {})) {
    if (auto resource = target(name)) {
      outgoing_->changed.push_back(std::move(resource));
    } else {
      outgoing_->removed.push_back(name);
    }
  }
  outgoing_->base_generation = node_generation_;
  outgoing_->generation = catalogue_.generation();
  is_under_way_ = true;
  ++transaction_;
  transaction_generation_ = covers_ = catalogue_.generation();
}

std::optional<control::v1::ControllerMessage> Session::next(const control::v1::Epoch& epoch) {
  control::v1::ControllerMessage message;
  if (is_over_) return std::nullopt;
  if (leader_) {
    message.mutable_redirect()->set_leader(*leader_);
    is_over_ = true;
    return message;
  }
  *message.mutable_epoch() = epoch;
  if (stage_ == Stage::kEqual && !is_under_way_ && !lacking_.empty()) begin_transaction();
  if (std::exchange(is_welcome_due_, false)) {
    message.mutable_welcome();
  } else if (std::exchange(is_ask_due_, false)) {
    message.mutable_ask()->set_hello(hello_);
  } else if (outgoing_) {
    *message.mutable_part() = outgoing_->next();
    message.mutable_part()->set_hello(hello_);
    message.mutable_part()->set_transaction(transaction_);
    if (outgoing_->is_sent()) outgoing_.reset();
  } else if (std::exchange(is_beat_due_, false)) {
    message.mutable_heartbeat()->set_hello(is_current() ? hello_ : 0);
  } else {
    return std::nullopt;
  }
  return message;
}

}  // namespace sluice::publish
