// The same kernel by other doors: int 0x80, the x32 bit, numbers out of range,
// a 32-bit program.
//
// secret=FILE (not granted inside) place=DIRECTORY (writable) true=PROGRAM
#include "tests/targets/probe.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <array>
#include <string>

using namespace probe;

namespace {

constexpr long x32_bit = 0x40000000;

/// An i386 system call from 64-bit code.
long call_i386(long number, long first = 0, long second = 0, long third = 0) {
  long result = 0;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(first), "c"(second), "d"(third)
               : "memory", "r8", "r9", "r10", "r11");
  if (result < 0 && result > -4096) {
    errno = static_cast<int>(-result);
    return -1;
  }
  return result;
}

/// A copy of `text` below 4 GiB, where i386 calls can reach it.
const char* low(const std::string& text) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  return static_cast<const char*>(
      std::memcpy(page, text.c_str(), text.size() + 1));
}

void interrupts(const std::string& secret, const std::string& program) {
  in_child("int80_getpid", [] { return call_i386(20); });
  in_child("int80_open",
           [&] { return call_i386(5, word(low(secret)), O_RDONLY); });
  in_child("int80_execve",
           [&] { return call_i386(11, word(low(program)), 0, 0); });
  // socketcall(SYS_SOCKET) and clone(CLONE_NEWUSER) in their i386 numbers.
  in_child("int80_socketcall", [] {
    static constexpr std::array<std::uint32_t, 3> datagram{2, 2, 0};
    char* page = const_cast<char*>(low(""));
    std::memcpy(page, datagram.data(), sizeof datagram);
    return call_i386(102, 1, word(page));
  });
  in_child("int80_unshare_user", [] { return call_i386(310, CLONE_NEWUSER); });
}

void x32() {
  report("x32_getpid", call(x32_bit | SYS_getpid));
  report("x32_execve", call(x32_bit | 520, nullptr, nullptr, nullptr));
  report("x32_ptrace", call(x32_bit | 521, 0, 0, 0, 0));
  report("x32_unshare", call(x32_bit | SYS_unshare, CLONE_NEWUSER));
}

void out_of_range() {
  report("number_minus_1", call(-1));
  // The kernel looks at the low half of the number only.
  report("number_with_high_bits",
         call(static_cast<long>(0xFFFFFFFF00000000UL) | SYS_getpid));
  int known = 0;
  for (long number = 470; number <= 600; ++number)
    if (number < 512 || number > 547)
      known += call(number, -1, -1, -1, -1, -1, -1) != -1 || errno != ENOSYS;
  say("numbers_470_to_600_known", std::to_string(known));
}

/// An i386 program of one page: exit(7), and if that returns, ud2.
std::string small_i386_program() {
  static constexpr unsigned char image[]
      = {0x7F, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 1,
         0, 0, 0, 0x54, 0x80, 0x04, 0x08, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
         0x34, 0, 0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0,
         // PT_LOAD at 0x08048000, readable and executable
         1, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x04, 0x08, 0, 0x80, 0x04, 0x08, 0x62,
         0, 0, 0, 0x62, 0, 0, 0, 5, 0, 0, 0, 0, 0x10, 0, 0,
         // mov eax,1; mov ebx,7; int 0x80; ud2
         0xB8, 1, 0, 0, 0, 0xBB, 7, 0, 0, 0, 0xCD, 0x80, 0x0F, 0x0B};
  return {reinterpret_cast<const char*>(image), sizeof image};
}

void program_of_32_bits(const std::string& place) {
  const std::string path = place + "/i386";
  const int fd
      = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
  const std::string image = small_i386_program();
  if (fd < 0 || ::write(fd, image.data(), image.size()) < 0) {
    report("i386_program", -1);
    return;
  }
  ::close(fd);
  say("i386_program", answer_of_child([&] {
        ::execl(path.c_str(), path.c_str(), nullptr);
        return outcome(-1);
      }));
  ::unlink(path.c_str());
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  interrupts(told.text("secret"), told.text("true"));
  x32();
  out_of_range();
  program_of_32_bits(told.text("place"));
}
