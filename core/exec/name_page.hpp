// Where the one file that may be run is named, at the same address of every
// process of a run that is shown a view of its own.
//
// The tree's Landlock domain lets the kernel run the stub (core/stub) and
// nothing else, so what this page says decides nothing: a program that changes
// it can only have its own exec fail.
//
// Used by the stub, which has no C library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cordon::exec {

/// The stub makes the page read-only. Below where linkers put programs by
/// habit (2 and 4 MiB), above what emulators of old systems want. fork(2)
/// copies it, vfork(2) shares it.
struct name_page {
  /// How many execs of one process can be told apart while they are under way.
  static constexpr unsigned tokens = 64;
  static constexpr std::size_t name_room = 2048;
  static constexpr std::size_t image_room = 4096;

  /// `tokens` slashes, then the stub's path without its first: to the kernel
  /// one slash is as good as many, and how many there were is the token.
  char name[name_room];
  /// The program that this process runs, in the view; a NUL ends it.
  char image[image_room];
};

inline constexpr std::uintptr_t name_page_at = 0x1F0000;
inline constexpr std::size_t name_page_size = 8192;
static_assert(sizeof(name_page) <= name_page_size);

/// The longest path a stub can have, without the NUL.
inline constexpr std::size_t longest_stub_path
    = name_page::name_room - name_page::tokens;

/// The path to call execve(2) with.
[[nodiscard]] constexpr std::uintptr_t name_with(unsigned token) noexcept {
  return name_page_at + name_page::tokens - 1 - token;
}
/// What `name_with` gives has these bits in common, and no others have.
inline constexpr std::uint32_t name_mask = ~(name_page::tokens - 1);

/// Fills in `name`. `stub` is absolute and not too long.
inline void put_name(name_page& page, const char* stub) noexcept {
  std::size_t n = 0;
  while (n < name_page::tokens)
    page.name[n++] = '/';
  for (const char* from = stub + 1; *from != '\0' && n + 1 < sizeof page.name;)
    page.name[n++] = *from++;
  page.name[n] = '\0';
}

/// The slashes that a path begins with.
[[nodiscard]] inline unsigned leading_slashes(const char* path) noexcept {
  unsigned n = 0;
  while (path[n] == '/')
    ++n;
  return n;
}

} // namespace cordon::exec
