// Why a call is allowed or refused: one decision, shown to people.
#pragma once

#include "policy/plan.hpp"

#include <optional>
#include <string>
#include <variant>

namespace cordon::policy {

/// The file system as explanations need it; the only thing policy asks of the
/// outside, so that tests can give a made-up one.
class file_lookup {
public:
  virtual ~file_lookup() = default;
  /// Absolute path with every symbolic link resolved; nothing when `path` does
  /// not exist. (For a file to be created, ask for its directory.)
  [[nodiscard]] virtual std::optional<std::string>
  canonical(const std::string& path) const = 0;
};

enum class file_action : std::uint8_t { read, write, create, remove, execute };

/// What somebody wants to do.
struct file_question {
  file_action action;
  std::string path;
};
struct port_question {
  enum class kind : std::uint8_t { connect, bind } action;
  std::uint16_t port;
};
struct syscall_question {
  std::string name;
};
/// A signal to a process outside the sandbox.
struct signal_question {};

using question = std::variant<file_question, port_question, syscall_question,
                              signal_question>;

/// What policy says, and why.
struct verdict {
  bool allowed = false;
  int error = 0;      ///< the errno the program sees when refused
  std::string rule;   ///< the rule that decided, with where it was written
  std::string remedy; ///< the option that would allow it; empty: none does
};

[[nodiscard]] verdict explain(const profile& p, const plan& made,
                              const file_lookup& files, const question& asked);

/// A place of cordon's own that no run may change.
struct own_place {
  std::string what; ///< "the profile directory"
  std::string path;
};

/// The first write grant that covers one of `places`, or lies within one;
/// the issue names both.
[[nodiscard]] std::optional<issue>
find_self_harm(const profile& p, const file_lookup& files,
               const std::vector<own_place>& places);

} // namespace cordon::policy
