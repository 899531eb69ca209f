// Trees and paths for tests of the resolver: a fixed one with every kind of
// turn, and random ones.
#pragma once

#include "tests/support/chroots.hpp"
#include "tests/support/probes.hpp"
#include "tests/support/scratch.hpp"

#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace cordon::test {

/// Repeatable chance.
class dice {
public:
  explicit dice(unsigned seed)
      : engine_(seed) {
  }
  /// 0…most.
  int up_to(int most) {
    return static_cast<int>(engine_() % (static_cast<unsigned>(most) + 1));
  }
  std::string one_of(const std::vector<std::string>& all) {
    return all[static_cast<std::size_t>(
        up_to(static_cast<int>(all.size()) - 1))];
  }

private:
  std::mt19937 engine_;
};

/// A root of `who`'s with files, links of every kind, directories that may not
/// be searched; its path.
std::string small_root(const scratch& place, const identity& who,
                       const std::string& name = "root");
/// Paths to ask about in it.
const std::vector<std::string>& small_root_paths();

std::string random_root(const scratch& place, const std::string& name,
                        const identity& who, dice& throws);
std::string random_path(dice& throws);

/// Where clean path `path` of a root is on the host.
std::string host_path(const std::string& root,
                      const std::vector<bind_mount>& mounts,
                      const std::string& path);

/// The first lines that differ; "" when the texts are the same.
std::string first_difference(const std::string& expected,
                             const std::string& found);

/// Prints why a test does nothing; ctest shows it as skipped.
void skip(const char* why);

} // namespace cordon::test
