#include "tests/unit/tools/sluicectl/command_line.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tools/sluicectl/command.h"

namespace sluice::ctl {
namespace {

std::string temporary_folder() {
  std::string path = (std::filesystem::temp_directory_path() / "sluicectl-test-XXXXXX").string();
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"sluicectl"};
  for (const auto& argument : arguments) argv.push_back(argument.c_str());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit = run_command_line(static_cast<int>(argv.size()), argv.data());
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

Manifests::Manifests(const std::string& text) : path_(temporary_folder()) {
  std::ofstream(file()) << text;
}

Manifests::~Manifests() {
  std::filesystem::remove_all(path_);
}

FakeNode::FakeNode(std::function<std::string(const std::string& line)> answer) : path_(temporary_folder() + "/s.sock") {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  EXPECT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(listener_, 4), 0);
  thread_ = std::thread([this, answer = std::move(answer)] {
    for (int client; (client = accept(listener_, nullptr, nullptr)) >= 0;) {
      std::array<char, 4096> buffer{};
      const auto got = recv(client, buffer.data(), buffer.size(), 0);
      const std::string request(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      const std::string text = answer(request.substr(0, request.find("\r\n")));
      for (std::size_t sent = 0; sent < text.size();) {
        const auto more = send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (more <= 0) break;
        sent += static_cast<std::size_t>(more);
      }
      close(client);
    }
  });
}

FakeNode::~FakeNode() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
  std::filesystem::remove_all(std::filesystem::path(path_).parent_path());
}

std::string answer_of(const std::string& body, const std::string& status) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n\r\n" + body;
}

}  // namespace sluice::ctl
