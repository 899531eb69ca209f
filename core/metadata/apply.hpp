// Metadata changes, carried out on a pinned object.
#pragma once

#include "core/metadata/pin.hpp"
#include "core/notify/request.hpp"

namespace cordon::metadata {

/// Whether `wanted` changes nothing whatever it names: the kernel does not even
/// look the name up (utimensat(2) with UTIME_OMIT twice).
[[nodiscard]] bool changes_nothing(const notify::request& wanted) noexcept;

/// Does what `wanted` asks for to `object`. Returns 0 or the errno. A device
/// node is never changed (EPERM): a grant to write to /dev/null is no grant to
/// take it away from everybody else.
/// Precondition: the operation is one of chmod, chown, utimens, setxattr,
/// removexattr, setattr, inode_flags.
[[nodiscard]] int apply(const notify::request& wanted, const pinned& object);

} // namespace cordon::metadata
