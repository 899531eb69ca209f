// Errors as values: what every fallible function of core and policy returns.
#pragma once

#include <tl/expected.hpp>

#include <cerrno>
#include <string>
#include <utility>

namespace cordon {

/// A failed system call or a failed check, kept as a value.
struct error {
  /// The errno, always positive.
  int code = 0;
  /// What was being done, as a verb phrase: "create the Landlock ruleset".
  const char* doing = "";
  /// The file concerned, unescaped; empty when there is none.
  std::string path = {};

  /// One printable line: "create …: /path: No such file or directory".
  /// Bytes of `path` are escaped (see core/base/escape.hpp).
  [[nodiscard]] std::string message() const;
};

/// A value or an `error`. (One alias, so that the move to std::expected is one
/// line.)
template <class T>
using result = tl::expected<T, error>;

/// An unexpected result with an errno given by the caller.
[[nodiscard]] inline tl::unexpected<error> fail(int code, const char* doing,
                                                std::string path = {}) {
  return tl::make_unexpected(error{code, doing, std::move(path)});
}

/// An unexpected result that takes the current `errno`.
[[nodiscard]] inline tl::unexpected<error> fail_errno(const char* doing,
                                                      std::string path = {}) {
  return fail(errno, doing, std::move(path));
}

} // namespace cordon
