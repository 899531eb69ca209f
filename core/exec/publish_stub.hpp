// The name page of a process that is about to start a run's first program.
#pragma once

#include "core/exec/name_page.hpp"

#include <sys/mman.h>

namespace cordon::exec {

/// Async-signal-safe. False with errno when the page cannot be mapped.
inline bool publish_stub(const char* stub) noexcept {
  constexpr int fixed_noreplace = 0x100000; // MAP_FIXED_NOREPLACE, Linux 4.17
  void* const there = reinterpret_cast<void*>(name_page_at); // NOLINT
  void* const made
      = ::mmap(there, name_page_size, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | fixed_noreplace, -1, 0);
  if (made != there)
    return false;
  put_name(*static_cast<name_page*>(made), stub);
  return true;
}

} // namespace cordon::exec
