// What is wrong with an input, in one line for the person who wrote it.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace cordon::policy {

/// A rejected input.
struct issue {
  /// The option ("--fs-read") or "file.toml:3:8: filesystem.read".
  std::string where;
  /// What was found and what was expected; bytes from outside are escaped.
  std::string what;
  /// Of a program that cannot be started: execve(2)'s; else 0.
  int error = 0;

  /// "where: what".
  [[nodiscard]] std::string line() const {
    return where.empty() ? what : where + ": " + what;
  }
};

/// A value, or the first thing that is wrong.
template <class T>
using checked = tl::expected<T, issue>;

[[nodiscard]] inline tl::unexpected<issue> reject(std::string where,
                                                  std::string what) {
  return tl::make_unexpected(issue{std::move(where), std::move(what), 0});
}

} // namespace cordon::policy
