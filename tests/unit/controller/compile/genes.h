// What a random object is made from: numbers that its maker reads in order. To change one of them is to change one
// field of the object, mostly: what a missed dependency is found by.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sluice::compile {

class Genes {
 public:
  explicit Genes(std::mt19937& random) : values_(kCount) {
    for (auto& value : values_) value = random();
  }

  /// One of them anew.
  void mutate(std::mt19937& random) { values_[random() % values_.size()] = random(); }

  /// Makers begin here.
  void rewind() { next_ = 0; }

  /// 0 .. count - 1.
  std::size_t below(std::size_t count) { return values_[next_++ % values_.size()] % count; }
  /// True once in `count`.
  bool once_in(std::size_t count) { return below(count) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& pool) {
    return pool[below(pool.size())];
  }

 private:
  static constexpr std::size_t kCount = 64;
  std::vector<std::uint32_t> values_;
  std::size_t next_ = 0;
};

}  // namespace sluice::compile
