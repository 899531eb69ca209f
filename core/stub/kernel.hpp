// System calls of the stub, which has no C library: they return what the kernel
// returns, -1…-4095 being errnos.
#pragma once

#include <asm/unistd.h>

namespace cordon::stub {

using word = unsigned long;

#if defined(__x86_64__)
inline long call(long number, word a = 0, word b = 0, word c = 0, word d = 0,
                 word e = 0, word f = 0) {
  register word r10 asm("r10") = d;
  register word r8 asm("r8") = e;
  register word r9 asm("r9") = f;
  long answer;
  asm volatile("syscall"
               : "=a"(answer)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return answer;
}
#elif defined(__aarch64__)
inline long call(long number, word a = 0, word b = 0, word c = 0, word d = 0,
                 word e = 0, word f = 0) {
  register long x8 asm("x8") = number;
  register word x0 asm("x0") = a;
  register word x1 asm("x1") = b;
  register word x2 asm("x2") = c;
  register word x3 asm("x3") = d;
  register word x4 asm("x4") = e;
  register word x5 asm("x5") = f;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return static_cast<long>(x0);
}
#endif

template <class T>
word address(T* pointer) {
  return reinterpret_cast<word>(pointer);
}

inline bool failed(long answer) {
  return answer < 0 && answer >= -4095;
}

/// As the kernel ends a program whose exec fails when there is no way back.
[[noreturn]] inline void die() {
  constexpr word segmentation_fault = 11;
  const auto self = static_cast<word>(call(__NR_getpid));
  call(__NR_kill, self, segmentation_fault);
  for (;;)
    call(__NR_exit_group, 128 + segmentation_fault);
}

inline void copy(char* to, const char* from, word n) {
  for (word i = 0; i < n; ++i)
    to[i] = from[i];
}

inline word length(const char* text) {
  word n = 0;
  while (text[n] != '\0')
    ++n;
  return n;
}

} // namespace cordon::stub
