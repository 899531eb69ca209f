#include "core/exec/elf.hpp"

#include <climits>

#include <elf.h>
#include <unistd.h>

#include <cstring>
#include <vector>

namespace cordon::exec {
namespace {

#if defined(__aarch64__)
constexpr auto machine = EM_AARCH64;
#else
constexpr auto machine = EM_X86_64;
#endif

bool read_at(int fd, void* into, std::size_t n, std::uint64_t offset) {
  return ::pread(fd, into, n, static_cast<off_t>(offset))
         == static_cast<ssize_t>(n);
}

bool is_ours(const Elf64_Ehdr& file) {
  return std::memcmp(file.e_ident, ELFMAG, SELFMAG) == 0
         && (file.e_type == ET_EXEC || file.e_type == ET_DYN)
         && file.e_machine == machine
         // Told apart by machine alone, but laid out otherwise.
         && file.e_ident[EI_CLASS] == ELFCLASS64;
}

/// The program headers; empty when the kernel would not read them.
std::vector<Elf64_Phdr> headers_of(int fd, const Elf64_Ehdr& file) {
  constexpr std::size_t most = 65536;
  const auto size = file.e_phnum * sizeof(Elf64_Phdr);
  if (file.e_phentsize != sizeof(Elf64_Phdr) || size == 0 || size > most)
    return {};
  std::vector<Elf64_Phdr> all(file.e_phnum);
  if (!read_at(fd, all.data(), size, file.e_phoff))
    return {};
  return all;
}

} // namespace

result<std::optional<std::string>> read_program(int fd) {
  const auto failed = [](int code) { return fail(code, "read a program"); };
  Elf64_Ehdr file{};
  if (!read_at(fd, &file, sizeof file, 0) || !is_ours(file))
    return failed(ENOEXEC);
  const auto all = headers_of(fd, file);
  if (all.empty())
    return failed(ENOEXEC);
  for (const auto& h : all) {
    if (h.p_type != PT_INTERP)
      continue;
    if (h.p_filesz < 2 || h.p_filesz > PATH_MAX)
      return failed(ENOEXEC);
    std::string name(h.p_filesz, '\0');
    if (!read_at(fd, name.data(), name.size(), h.p_offset))
      return failed(EIO);
    if (name.back() != '\0')
      return failed(ENOEXEC);
    name.resize(std::strlen(name.c_str()));
    return std::optional{std::move(name)};
  }
  return std::optional<std::string>{};
}

int check_loader(int fd) {
  Elf64_Ehdr file{};
  if (!read_at(fd, &file, sizeof file, 0))
    return EIO;
  return is_ours(file) && !headers_of(fd, file).empty() ? 0 : ELIBBAD;
}

} // namespace cordon::exec
