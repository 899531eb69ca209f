// The tree that the calls of every_call.hpp are made in.
#pragma once

#include "tests/support/scratch.hpp"

#include <string>

namespace cordon::test {

/// A root with one object of each kind.
std::string call_root(const scratch& place, const identity& who,
                      const std::string& name);

/// Everything in a directory: kinds, modes, owners, sizes, links.
std::string describe_tree(const std::string& directory);

} // namespace cordon::test
