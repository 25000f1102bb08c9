// Octets of a body that wait: in order whatever their pieces are, and small ones do not keep receive buffers.
#include "userspace/l7/body_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "userspace/l7/send_queue.h"

namespace sluice::l7 {
namespace {

/// A receive buffer that counts itself.
struct Lent : transport::Buffer {
  std::string text;
};
class Lender final : public transport::BufferPool {
 public:
  transport::Slice lend(const std::string& text) {
    auto* made = new Lent;
    made->text = text;
    made->pool = this;
    made->references = 0;
    made->id = 0;
    made->bytes = made->text.data();
    ++out;
    return {*made, made->text};
  }
  void recycle(transport::Buffer& buffer) override {
    delete static_cast<Lent*>(&buffer);
    --out;
  }
  int out = 0;
};

TEST(BodyQueue, GivesWhatItTookInOrderWhateverThePieces) {
  Lender lender;
  std::mt19937 random(7);
  std::string in;
  std::string out;
  {
    BodyQueue queue;
    for (int i = 0; i < 3000; ++i) {
      const std::size_t size = random() % (i % 10 == 0 ? 9000 : 50);
      std::string text;
      for (std::size_t n = 0; n < size; ++n) text.push_back(static_cast<char>(random()));
      in += text;
      queue.add(lender.lend(text));
      while (random() % 3 != 0 && !queue.empty()) out += queue.take(1 + random() % 4000).view();
      ASSERT_EQ(queue.size(), in.size() - out.size());
    }
    while (!queue.empty()) out += queue.take(100'000).view();
    EXPECT_TRUE(in == out);
  }
  EXPECT_EQ(lender.out, 0);
}

TEST(BodyQueue, SmallPiecesAreCopiedTogetherAndLargeOnesNot) {
  Lender lender;
  BodyQueue queue;
  for (int i = 0; i < 1000; ++i) queue.add(lender.lend("1234"));
  EXPECT_EQ(lender.out, 0);
  EXPECT_EQ(queue.take(4000).size(), 4000U);
  queue.add(lender.lend(std::string(SendQueue::kCopyBelow, 'x')));
  EXPECT_EQ(lender.out, 1);
  queue.clear();
  EXPECT_EQ(lender.out, 0);
  EXPECT_TRUE(queue.empty());
}

TEST(BodyQueue, APartThatWasTakenOutlivesTheQueue) {
  transport::Slice part;
  {
    BodyQueue queue;
    queue.add_copy("hello");
    part = queue.take(3);
  }
  EXPECT_EQ(part.view(), "hel");
}

}  // namespace
}  // namespace sluice::l7
