// Programs in a root of their own: shown by cordon, and by chroot(2).
#pragma once

#include "tests/support/world.hpp"

#include <string>

namespace cordon::test {

/// A root of the user's, as call_root makes it, with the programs under test in
/// /bin.
[[nodiscard]] std::string root_with(const world& place, const std::string& name,
                                    const words& programs);

/// `cordon run --chroot ROOT OPTIONS… -- PROGRAM…`
[[nodiscard]] command view_command(const world& place, const std::string& root,
                                   const words& options, const words& program);
[[nodiscard]] outcome in_view(const world& place, const std::string& root,
                              const words& options, const words& program);

/// The program in chroot(2), by root, without capabilities; dropped to whoever
/// it is.
[[nodiscard]] outcome in_chroot(const world& place, const std::string& root,
                                const words& program);

} // namespace cordon::test
