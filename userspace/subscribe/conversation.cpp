#include "userspace/subscribe/conversation.h"

#include <utility>

#include "sluice/control.h"

namespace sluice::subscribe {

std::expected<Conversation::Heard, std::string> Conversation::receive(control::v1::ControllerMessage message) {
  using Message = control::v1::ControllerMessage;
  if (message.kind_case() == Message::kRedirect) return Redirect{message.redirect().leader()};
  if (message.kind_case() == Message::kWelcome) {
    if (std::exchange(is_welcome_, true)) return std::unexpected("the controller says Welcome twice");
    return Welcome();
  }
  if (!is_welcome_) return std::unexpected("the controller does not begin with Welcome");
  switch (message.kind_case()) {
    case Message::kAsk:
      if (message.ask().hello() == hello_) holding_ = 0;
      return Nothing();
    case Message::kPart:
      return receive_part(message.part());
    case Message::kHeartbeat:
      if (message.heartbeat().hello() == hello_) current_ = hello_;
      return Nothing();
    default:  // of a later version
      return Nothing();
  }
}

std::expected<Conversation::Heard, std::string> Conversation::receive_part(const control::v1::Part& part) {
  if (part.hello() != hello_ || is_hello_due_) return Nothing();
  held_ = {};
  holding_.reset();
  auto whole = assembly_.add(part);
  if (!whole) return std::unexpected(std::move(whole.error()));
  if (!*whole) return Nothing();
  return Transaction{part.hello(), part.transaction(), **std::move(whole)};
}

void Conversation::hold(std::uint64_t number, model::Snapshot held) {
  assembly_.clear();
  hello_ = number;
  is_hello_due_ = true;
  held_ = std::move(held);
  holding_.reset();
  transaction_ = 0;
  ack_.reset();
}

void Conversation::applied(Answer answer) {
  if (answer.hello != hello_) return;
  transaction_ = answer.transaction;
  if (transaction_ > 0) current_ = hello_;
  ack_ = std::move(answer.refused);
  ack_generation_ = answer.generation;
}

control::v1::Hello Conversation::hello() const {
  control::HoldingDigest digest;
  const std::string source = "source/" + node_;
  std::string source_hash;
  for (const auto& resource : held_.resources) {
    if (resource->name() == source) {
      source_hash = resource->hash();
    } else {
      digest.add(resource->name(), resource->hash());
    }
  }
  control::v1::Hello hello;
  hello.set_node(node_);
  hello.set_number(hello_);
  hello.set_generation(held_.generation);
  hello.set_digest(control::with_source(digest.take(), source_hash));
  return hello;
}

control::v1::Holding Conversation::next_holding() {
  control::v1::Holding holding;
  holding.set_hello(hello_);
  std::size_t bytes = 0;
  while (*holding_ < held_.resources.size() && bytes < control::kMessageBytes) {
    const auto& resource = *held_.resources[(*holding_)++];
    auto& item = *holding.add_items();
    item.set_name(resource.name());
    item.set_hash(resource.hash());
    bytes += item.ByteSizeLong();
  }
  if (*holding_ == held_.resources.size()) {
    holding.set_last(true);
    holding_.reset();
  }
  return holding;
}

control::v1::Ack Conversation::next_ack(const control::v1::Epoch& epoch) {
  control::v1::Ack ack;
  ack.set_hello(hello_);
  ack.set_transaction(transaction_);
  *ack.mutable_epoch() = epoch;
  ack.set_generation(ack_generation_);
  std::size_t bytes = 0;
  while (!ack_->empty() && bytes < control::kMessageBytes) {
    const auto told = ack_->extract(ack_->begin());
    auto& refused = *ack.add_refused();
    refused.set_name(told.key());
    refused.set_reason(told.mapped().substr(0, control::kReasonLimit));
    bytes += refused.ByteSizeLong();
  }
  ack.set_last(ack_->empty());
  if (ack_->empty()) ack_.reset();
  return ack;
}

std::optional<control::v1::NodeMessage> Conversation::next(const control::v1::Epoch& epoch) {
  control::v1::NodeMessage message;
  if (!has_hello()) return std::nullopt;
  if (std::exchange(is_hello_due_, false)) {
    *message.mutable_hello() = hello();
  } else if (ack_) {
    *message.mutable_ack() = next_ack(epoch);
  } else if (holding_) {
    *message.mutable_holding() = next_holding();
  } else if (std::exchange(is_beat_due_, false)) {
    message.mutable_heartbeat();
  } else {
    return std::nullopt;
  }
  return message;
}

}  // namespace sluice::subscribe
