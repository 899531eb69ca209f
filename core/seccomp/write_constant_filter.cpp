// Build step: prints the constant filter as initialisers for
// constant_filter.cpp.
#include "core/seccomp/constant_compiler.hpp"

#include <cstdio>

int main() {
  const auto made = cordon::seccomp::compile_constant_filter();
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message().c_str());
    return 1;
  }
  for (const auto& i : *made)
    std::printf("{0x%02x, %u, %u, 0x%08x},\n", i.code, i.jt, i.jf, i.k);
  return 0;
}
