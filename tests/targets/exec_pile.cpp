// exec_pile N: N processes whose execs fail late, when something was found for
// them already, and that stay; then another tries. One line a try.
#include "tests/targets/probe.hpp"

#include <vector>

using namespace probe;

namespace {

/// The list is too long for the kernel, which nobody knows before it is copied.
std::string start(const std::string& argument) {
  const char* const argv[] = {"exec_pile", argument.c_str(), nullptr};
  char* const env[] = {nullptr};
  ::execve("/proc/self/exe", const_cast<char* const*>(argv), env);
  return outcome(-1);
}

} // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 0;
  if (count == 0)
    return 0; // what is started
  int failed[2], stay[2];
  if (::pipe2(failed, O_CLOEXEC) != 0 || ::pipe2(stay, O_CLOEXEC) != 0)
    return 1;
  std::vector<pid_t> all;
  int late = 0;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(stay[1]);
      char said = start(std::string(200'000, 'x')) == "E2BIG" ? 'y' : 'n';
      static_cast<void>(::write(failed[1], &said, 1));
      static_cast<void>(::read(stay[0], &said, 1));
      ::_exit(0);
    }
    if (child < 0)
      break;
    all.push_back(child);
    char said = 'n';
    late += ::read(failed[0], &said, 1) == 1 && said == 'y';
  }
  say("late", std::to_string(late));
  say("one more", answer_of_child([] { return start("0"); }));
  ::close(stay[1]);
  for (const pid_t each : all)
    ::waitpid(each, nullptr, 0);
  say("after them", answer_of_child([] { return start("0"); }));
  return 0;
}
