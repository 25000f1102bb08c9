// The body of a watch: JSON objects one after another, without end, cut into pieces anywhere by the network
// (k8s.io/apimachinery/pkg/runtime/serializer/json, Framer).
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::kubernetes {

/// etcd takes 1.5 MiB by default, and an event holds one object; what is longer is no event.
inline constexpr std::size_t kMaxEventBytes = 32U << 20;

/// Not thread-safe.
///
///   decoder.feed(bytes);
///   for (auto text = decoder.next(); text && *text; text = decoder.next()) use(**text);
class WatchDecoder {
 public:
  enum class Error { kNoObject, kTooLong };

  explicit WatchDecoder(std::size_t max_event = kMaxEventBytes) : max_event_(max_event) {}

  /// Bytes as they came in. All that next() gave before is then invalid.
  void feed(std::string_view bytes);

  /// The text of the next whole object, borrowed until the next feed(); nullopt: there is none yet. After an error
  /// there is nothing more to read: where the next object would begin is not known.
  std::expected<std::optional<std::string_view>, Error> next();

  /// Whether part of an object is held: a body that ends now was cut off.
  [[nodiscard]] bool is_inside() const { return depth_ > 0; }

 private:
  std::size_t max_event_;
  std::string held_;
  std::size_t begin_ = 0;    ///< of the object at hand
  std::size_t scanned_ = 0;  ///< up to here nothing is looked at twice
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool is_escaped_ = false;
  std::optional<Error> error_;
};

}  // namespace sluice::kubernetes
