// A place for one test's files, and the programs under test where everybody can
// run them.
#pragma once

#include "tests/support/identity.hpp"

#include <string>

namespace cordon::test {

/// A directory that everybody may pass through; removed, whatever it holds, at
/// the end.
class scratch {
public:
  scratch();
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch();

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }
  /// A path beneath.
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }
  /// Makes a directory, owned by `owner`; its path.
  std::string directory(const std::string& name,
                        const identity& owner = ourselves()) const;
  /// Makes a file, owned by `owner`; its path.
  std::string file(const std::string& name, const std::string& text,
                   const identity& owner = ourselves(),
                   mode_t mode = 0644) const;

private:
  std::string path_;
};

[[nodiscard]] std::string read_file(const std::string& path);

/// Copies of the programs under test in one directory that everybody can reach,
/// cordon and its keeper side by side; copied when first asked for.
namespace programs {
[[nodiscard]] std::string directory();
[[nodiscard]] std::string cordon();
[[nodiscard]] std::string keeper();
/// `cordon` with a keeper that repairs nothing a signal broke.
[[nodiscard]] std::string unrepaired();
/// Its first argument is the Landlock ABI to imitate.
[[nodiscard]] std::string imitating();
/// A program that embeds cordon: "plain", "service", "embedder".
[[nodiscard]] std::string service(const std::string& name);
/// The tests of the actors and of the embedding API.
[[nodiscard]] std::string actor_tests();
[[nodiscard]] std::string target(const std::string& name);
/// Where target() puts its copies: what a run has to be granted.
[[nodiscard]] std::string target_directory();
} // namespace programs

} // namespace cordon::test
