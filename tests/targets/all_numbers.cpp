// Every system call number by one door, with arguments (-1) that let the kernel
// refuse each before it does anything.
//
// door=x86_64 | x32 | int80
//
// Each runs in a child of its own, in a session of its own (vhangup finds no
// terminal), so that those that succeed change nothing that matters: exit and
// exit_group end it, rt_sigreturn crashes it, pause is ended by an alarm, fork
// and vfork make a child that exits at once, msgget's queue is removed.
#include "tests/targets/probe.hpp"

#include <sys/msg.h>
#include <sys/prctl.h>

#include <string>

using namespace probe;

namespace {

constexpr int last_number = 600;

/// In place: after vfork the child shares this very frame.
[[gnu::always_inline]] inline long by_syscall(long number) {
  long result = number;
  register long fourth asm("r10") = -1;
  register long fifth asm("r8") = -1;
  register long sixth asm("r9") = -1;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(-1L), "S"(-1L), "d"(-1L), "r"(fourth), "r"(fifth),
                 "r"(sixth)
               : "rcx", "r11", "memory");
  return result;
}

[[gnu::always_inline]] inline void exit_now() {
  asm volatile("syscall" : : "a"(SYS_exit_group), "D"(0) : "rcx", "r11");
}

[[gnu::always_inline]] inline long by_interrupt(long number) {
  long result = number;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(-1L), "c"(-1L), "d"(-1L), "S"(-1L), "D"(-1L)
               : "r8", "r9", "r10", "r11", "memory");
  return result;
}

std::string named(long result) {
  if (result >= 0 || result < -4095)
    return "ok";
  errno = static_cast<int>(-result);
  return outcome(-1);
}

std::string attempt(long number, const std::string& door) {
  return answer_of_child([&] {
    // As inside: landlock_restrict_self asks for it first.
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::setsid();
    ::alarm(2);
    if (door == "int80")
      return named(by_interrupt(number));
    const bool forks = number == SYS_fork || number == SYS_vfork;
    const long result
        = by_syscall(door == "x32" ? number | 0x40000000 : number);
    if (forks && result == 0)
      exit_now();
    if (number == SYS_msgget && result >= 0)
      ::msgctl(static_cast<int>(result), IPC_RMID, nullptr);
    return named(result);
  });
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const std::string door = told.text("door");
  for (long number = 0; number <= last_number; ++number)
    say(door + "_" + std::to_string(number), attempt(number, door));
}
