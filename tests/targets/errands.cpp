// errands KIND [N]: calls that a thread of a view finishes itself, which others
// of its process, or signals, get in the way of. Kinds:
//   stopped N   by a process that is stopped and continued N times meanwhile
//   caught N    the same, and it has a handler for a signal
//   replaced N  by the first thread while another one starts the program anew,
//               N times
#include "tests/targets/probe.hpp"

#include <sys/mman.h>
#include <time.h>

#include <atomic>
#include <thread>

using namespace probe;

namespace {

bool comes_and_goes() {
  const int held = ::open("/d", O_PATH | O_CLOEXEC);
  return ::chdir("/d") == 0 && ::chdir("/") == 0 && held >= 0
         && ::close(held) == 0;
}

void sleep_for(long microseconds) {
  const timespec time{microseconds / 1'000'000,
                      microseconds % 1'000'000 * 1'000};
  ::nanosleep(&time, nullptr);
}

bool moves_on(const std::atomic<long>& count) {
  constexpr int enough = 600'000; // of 100 µs, and what it takes to wake up
  const long was = count;
  for (int i = 0; i < enough && count == was; ++i)
    sleep_for(100);
  return count != was;
}

/// Stopped in the middle of a call it stops, and goes on when it is told to.
void stopped(int times) {
  auto* const shared
      = static_cast<std::atomic<long>*>(::mmap(nullptr, 4096, 3, 0x21, -1, 0));
  const pid_t child = ::fork();
  if (child == 0) {
    while (comes_and_goes())
      ++*shared;
    ::_exit(1);
  }
  bool goes_on = moves_on(*shared), stops = true;
  for (int i = 0; i < times && goes_on; ++i) {
    ::kill(child, SIGSTOP);
    if (i % 16 != 0) {
      sleep_for(i * 13 % 100);
    } else {
      int status = 0;
      ::waitpid(child, &status, WUNTRACED);
      const long was = *shared;
      sleep_for(2'000);
      stops = stops && WIFSTOPPED(status) && *shared == was;
    }
    ::kill(child, SIGCONT);
    sleep_for(i * 37 % 300);
    goes_on = moves_on(*shared);
  }
  say("goes on", goes_on ? "yes" : "no");
  say("stops", stops ? "yes" : "no");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

int replaced(char* program, int times) {
  bool well = true;
  for (int i = 0; i < 3; ++i)
    well = comes_and_goes() && well;
  if (!well || times == 0) {
    say("well", well ? "yes" : std::to_string(times) + " before the end");
    return 0;
  }
  std::thread other([&] {
    sleep_for(500 + times * 37 % 1'000);
    auto left = std::to_string(times - 1);
    char kind[] = "replaced";
    char* const arguments[] = {program, kind, left.data(), nullptr};
    ::execv(program, arguments);
    ::_exit(1);
  });
  while (comes_and_goes()) {
  }
  say("well", "no");
  ::_exit(0);
}

} // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  const int times = argc > 2 ? std::atoi(argv[2]) : 0;
  if (kind == "caught")
    ::signal(SIGUSR1, [](int) {});
  if (kind == "replaced")
    return replaced(argv[0], times);
  if (kind != "stopped" && kind != "caught")
    return 99;
  stopped(times);
  return 0;
}
