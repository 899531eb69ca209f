// Bytes as a file that nobody can change any more.
#pragma once

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

#include <cstddef>
#include <span>

namespace cordon {

/// A memfd with `bytes`, all seals set, positioned at its start, close-on-exec.
/// `name` is what /proc shows. Errors: those of memfd_create(2) and write(2).
[[nodiscard]] result<unique_fd> sealed_file(const char* name,
                                            std::span<const std::byte> bytes);

} // namespace cordon
