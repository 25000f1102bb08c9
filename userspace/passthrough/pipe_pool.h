// Empty pipes, kept for the next bytes to move: a connection holds one only while bytes are in it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace sluice::passthrough {

struct Pipe {
  int read = -1;
  int write = -1;
};

class PipePool {
 public:
  PipePool() = default;
  ~PipePool();
  PipePool(const PipePool&) = delete;
  PipePool& operator=(const PipePool&) = delete;

  /// nullopt: out of descriptors.
  std::optional<Pipe> take();
  void give(Pipe pipe);            ///< empty again
  static void discard(Pipe pipe);  ///< with bytes in it

 private:
  static constexpr std::size_t kKept = 256;
  /// In pages: 64 slots. Each may refer to a fragment of a socket's, up to 32 KiB, so that 2 MiB bound a direction.
  static constexpr int kPipeBytes = 256 * 1024;
  std::vector<Pipe> idle_;
};

}  // namespace sluice::passthrough
