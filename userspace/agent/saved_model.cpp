#include "userspace/agent/saved_model.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>

namespace sluice::agent {
namespace {

// magic, SHA-256 of the body, body (protobuf). A torn or foreign file is told from a model by its digest.
constexpr std::string_view kMagic = "sluice-model-1\n";
constexpr std::size_t kDigestSize = 32;

std::string digest(std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(body.data(), body.size(), out.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(out.data()), kDigestSize};
}

std::filesystem::path path_of(const std::filesystem::path& state_dir, const std::string& instance) {
  return state_dir / (instance + ".model");
}

std::string reason(const std::filesystem::path& path) {
  return path.string() + ": " + std::strerror(errno);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::expected<void, std::string> save_model(const std::filesystem::path& state_dir, const std::string& instance,
                                            const model::v1::Model& model) {
  std::error_code error;
  if (std::filesystem::create_directories(state_dir, error)) {
    std::filesystem::permissions(state_dir, std::filesystem::perms::owner_all, error);
  }
  const auto path = path_of(state_dir, instance);
  const auto beside = std::filesystem::path(path) += ".new";
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(reason(beside));
  const std::string body = model.SerializeAsString();
  const bool written = ::fchmod(fd, 0600) == 0 && write_all(fd, std::string(kMagic) + digest(body)) &&
                       write_all(fd, body) && ::fsync(fd) == 0;
  std::string problem = written ? "" : reason(beside);
  ::close(fd);
  if (written && ::rename(beside.c_str(), path.c_str()) != 0) problem = reason(path);
  if (problem.empty()) return {};
  ::unlink(beside.c_str());
  return std::unexpected(problem);
}

std::expected<std::optional<model::v1::Model>, std::string> load_model(const std::filesystem::path& state_dir,
                                                                       const std::string& instance) {
  const auto path = path_of(state_dir, instance);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    if (errno == ENOENT) return std::optional<model::v1::Model>{};
    return std::unexpected(reason(path));
  }
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const std::size_t head = kMagic.size() + kDigestSize;
  if (bytes.size() < head || !bytes.starts_with(kMagic)) return std::unexpected(path.string() + ": is no saved model");
  const std::string_view body = std::string_view(bytes).substr(head);
  model::v1::Model model;
  if (digest(body) != std::string_view(bytes).substr(kMagic.size(), kDigestSize) ||
      !model.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return std::unexpected(path.string() + ": is damaged (its checksum does not match)");
  }
  return model;
}

void forget_model(const std::filesystem::path& state_dir, const std::string& instance) {
  std::error_code ignored;
  std::filesystem::remove(path_of(state_dir, instance), ignored);
  std::filesystem::remove(state_dir / (instance + ".lock"), ignored);
}

}  // namespace sluice::agent
