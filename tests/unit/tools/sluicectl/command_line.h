// sluicectl as a shell calls it, in this process; and manifests and a node for it to look at.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sluice::ctl {

struct Outcome {
  int exit = 0;
  std::string out;
  std::string err;
};

/// "sluicectl" is put in front.
Outcome run(const std::vector<std::string>& arguments);

/// A folder of its own, gone with the object.
class Manifests {
 public:
  explicit Manifests(const std::string& text);
  ~Manifests();
  Manifests(const Manifests&) = delete;
  Manifests& operator=(const Manifests&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file() const { return path_ + "/all.yaml"; }

 private:
  std::string path_;
};

/// A unix socket that answers each connection once: `answer` gets the request's first line.
class FakeNode {
 public:
  explicit FakeNode(std::function<std::string(const std::string& line)> answer);
  ~FakeNode();
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  [[nodiscard]] const std::string& socket() const { return path_; }

 private:
  std::string path_;
  int listener_ = -1;
  std::thread thread_;
};

/// An HTTP answer with that body.
std::string answer_of(const std::string& body, const std::string& status = "200 OK");

}  // namespace sluice::ctl
