// SIGTRAP, by which a debugger is told of an exec (exec::exec_trap).
#pragma once

#include "core/stub/kernel.hpp"

namespace cordon::stub {

void block_trap();

/// Goes to `entry` with `stack`, all other registers empty and SIGTRAP not
/// blocked: one that waits comes there. Returns where that cannot be done in
/// one step; then it has come here.
void show_trap(word* stack, word entry);

} // namespace cordon::stub
