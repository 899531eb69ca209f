#include "tests/support/survivors.hpp"

#include "tests/support/outside.hpp"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace cordon::test {
namespace {

std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A zombie has no environment any more, so it is never marked; but a process
/// whose first thread has ended is a zombie by that thread alone.
bool marked(const std::string& directory, const std::string& mark) {
  if (contents(directory + "/environ").find(mark) != std::string::npos)
    return true;
  std::error_code ignored;
  for (const auto& task :
       std::filesystem::directory_iterator(directory + "/task", ignored))
    if (contents(task.path().string() + "/environ").find(mark)
        != std::string::npos)
      return true;
  return false;
}

} // namespace

canary::canary()
    : value_(unique_name("canary") + ".") {
}

std::vector<pid_t> canary::alive() const {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos)
      continue;
    if (marked(entry.path(), "CORDON_TEST_CANARY=" + value_))
      found.push_back(static_cast<pid_t>(std::stoi(name)));
  }
  return found;
}

bool canary::gone() const {
  const auto until
      = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  // Two looks that find nothing: a process that forks and exits without end
  // can slip by one.
  for (int clean = 0; clean < 3;) {
    clean = alive().empty() ? clean + 1 : 0;
    if (std::chrono::steady_clock::now() > until)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

void canary::sweep() const {
  for (int round = 0; round < 1000; ++round) {
    const std::vector<pid_t> left = alive();
    if (left.empty())
      return;
    for (const pid_t pid : left)
      ::kill(pid, SIGKILL);
  }
}

} // namespace cordon::test
