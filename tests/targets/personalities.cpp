// personality(2), the vsyscall page, and numbers that no filter sees.
#include "tests/targets/probe.hpp"

#include <sys/personality.h>
#include <sys/time.h>

using namespace probe;

namespace {

void personas() {
  const struct {
    const char* name;
    unsigned long persona;
  } all[] = {
      {"query", 0xFFFFFFFF},
      {"linux", PER_LINUX},
      {"linux32", PER_LINUX32},
      {"no_randomize", ADDR_NO_RANDOMIZE},
      {"read_implies_exec", READ_IMPLIES_EXEC},
      {"read_implies_exec_32", READ_IMPLIES_EXEC | 8UL},
      {"map_page_zero", MMAP_PAGE_ZERO},
      {"compat_layout", ADDR_COMPAT_LAYOUT},
      {"svr4", PER_SVR4},
  };
  for (const auto& each : all)
    in_child(std::string("personality_") + each.name,
             [&] { return call(SYS_personality, each.persona); });
}

/// Calls the old fixed page, which the kernel emulates.
long vsyscall_time() {
  timeval now{};
  long result = -1;
  asm volatile("call *%%rdx"
               : "=a"(result)
               : "d"(0xFFFFFFFFFF600000UL), "D"(&now), "S"(0)
               : "rcx", "r11", "memory");
  return result == 0 && now.tv_sec > 0 ? 0 : -1;
}

} // namespace

int main() {
  personas();
  in_child("vsyscall_time", vsyscall_time);
  // uretprobe and uprobe: without a probe's trampoline they do nothing.
  in_child("uretprobe", [] { return call(335); });
  in_child("uprobe", [] { return call(336); });
}
