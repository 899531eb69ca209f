// Makes the constant filter. Only the build and the test that checks its
// output link this: libseccomp takes 2–3 ms for the table, too long for a run.
#pragma once

#include "core/base/result.hpp"
#include "core/seccomp/program.hpp"

namespace cordon::seccomp {

/// The constant filter of the native architecture: argument rules by our own
/// assembler, then the table of numbers as a binary tree by libseccomp.
/// Fails with the errno libseccomp gives.
[[nodiscard]] result<program> compile_constant_filter();

} // namespace cordon::seccomp
