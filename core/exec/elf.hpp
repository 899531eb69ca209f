// What the kernel checks of an ELF file before it lets a program go for it
// (fs/binfmt_elf.c).
#pragma once

#include "core/base/result.hpp"

#include <optional>
#include <string>

namespace cordon::exec {

/// The name of the loader that a program asks for; nothing: it needs none.
/// Errors: ENOEXEC for what is no program of this machine, EIO for one that is
/// cut off where its loader's name should be.
[[nodiscard]] result<std::optional<std::string>> read_program(int fd);

/// Whether `fd` can be a program's loader: 0, ELIBBAD or EIO.
[[nodiscard]] int check_loader(int fd);

} // namespace cordon::exec
