// A user's surroundings for one test: a home, a place that runs may write to,
// and secrets that they are not granted.
#pragma once

#include "tests/support/process.hpp"
#include "tests/support/scratch.hpp"

#include <string>
#include <vector>

namespace cordon::test {

using words = std::vector<std::string>;

/// `first` followed by `second`.
[[nodiscard]] words operator+(words first, const words& second);

class world {
public:
  explicit world(const identity& who);

  [[nodiscard]] const identity& who() const noexcept {
    return who_;
  }
  [[nodiscard]] const scratch& files() const noexcept {
    return files_;
  }
  /// A directory of the user's own, granted for writing by `confined`.
  [[nodiscard]] const std::string& inside() const noexcept {
    return inside_;
  }
  /// A file of the user's own that nothing grants.
  [[nodiscard]] const std::string& secret() const noexcept {
    return secret_;
  }
  [[nodiscard]] std::string config_directory() const;
  [[nodiscard]] std::string runtime_directory() const;

  /// A directory of the user's, made in `inside`.
  [[nodiscard]] std::string fresh(const std::string& name) const;

  /// The program without a sandbox.
  [[nodiscard]] command outside(words program) const;
  /// The same without any capability, for inside root has none either; in
  /// `directory`, else in `inside`.
  [[nodiscard]] command bare(const words& program,
                             const std::string& directory = {}) const;
  /// `cordon WORDS…`
  [[nodiscard]] command cordon(const words& arguments) const;
  /// `cordon run -r TARGETS -w INSIDE -p base OPTIONS… -- PROGRAM…`; without
  /// `-p base` when the options begin with another profile.
  [[nodiscard]] command confined(const words& options,
                                 const words& program) const;
  /// The same by the program that imitates a Landlock ABI.
  [[nodiscard]] command confined_on(int abi, const words& options,
                                    const words& program) const;

  /// The same by a keeper that repairs nothing.
  [[nodiscard]] command unrepaired(const words& options,
                                   const words& program) const;

private:
  [[nodiscard]] words run_words(const words& options,
                                const words& program) const;

  identity who_;
  scratch files_;
  std::string inside_;
  std::string secret_;
};

} // namespace cordon::test
