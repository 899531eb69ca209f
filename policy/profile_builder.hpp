// Builds a profile. The command line and TOML files feed the same calls.
#pragma once

#include "policy/grammar.hpp"
#include "policy/issue.hpp"
#include "policy/profile.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cordon::syscall {
struct row;
}

namespace cordon::policy {

/// Fluent; remembers the first rejected input and reports it in `try_build`.
/// Lists append, scalars override, booleans can only be switched on.
///
///   auto made = profile_builder{}
///                 .read("/usr").write("/tmp/work")
///                 .connect_port(443)
///                 .try_build();
class profile_builder {
public:
  profile_builder() = default;
  /// Starts from what another profile holds.
  explicit profile_builder(const profile& base);

  profile_builder& exec(std::string program, origin from = "exec");
  profile_builder& args(std::vector<std::string> arguments);
  profile_builder& env(std::string name, std::string value,
                       origin from = "env");
  profile_builder& clean_env();
  profile_builder& cwd(std::string directory, origin from = "cwd");
  profile_builder& user(identity who, origin from = "user");
  /// What the machine is called in a view (parse_name's grammar).
  profile_builder& hostname(const std::string& name, origin from = "hostname");
  profile_builder& no_coredump();
  profile_builder& no_huge_pages();
  profile_builder& no_randomize_memory();
  /// Lists directories in the order of bytes; needs a view, and makes one.
  profile_builder& deterministic_dirs(origin from = "deterministic_dirs");

  profile_builder& read(std::string path, origin from = "read");
  profile_builder& write(std::string path, origin from = "write");
  /// As read and write, but a missing path is skipped.
  profile_builder& read_if_exists(std::string path, origin from = "read");
  profile_builder& write_if_exists(std::string path, origin from = "write");

  /// A root directory of the run's own. Grants are paths in it then.
  profile_builder& chroot(std::string directory, origin from = "chroot");
  /// Shows the host directory `host` at `at`. It is granted by that.
  profile_builder& mount(const std::string& at, std::string host,
                         bool read_only, origin from = "mount");
  /// Takes a path out of what is granted.
  profile_builder& deny_path(std::string path, origin from = "deny");

  profile_builder& connect_port(std::uint16_t port, origin from = "connect");
  profile_builder& bind_port(std::uint16_t port, origin from = "bind");

  /// A call or a group by name; a group stands for its members.
  profile_builder& deny_syscall(const std::string& name,
                                origin from = "extra_deny");
  /// A group by name; single calls cannot be opened.
  profile_builder& allow_group(std::string name, origin from = "extra_allow");

  profile_builder& max_open_files(std::uint64_t count,
                                  origin from = "max_open_files");
  /// Processes alive at once, the first included; threads do not count.
  profile_builder& max_processes(std::uint64_t count,
                                 origin from = "max_processes");
  profile_builder& timeout(std::chrono::milliseconds after,
                           origin from = "timeout");
  profile_builder& cpu_core(std::uint32_t index, origin from = "cpu_cores");
  profile_builder& gpu(profile::gpu_choice which, origin from = "gpu");

  profile_builder& allow_degraded(protection what);
  /// `fs_refer` is refused: without it moving files between directories would
  /// be refused altogether, which is no use to anybody.
  profile_builder& disable(protection what, origin from = "disable");

  /// Records a rejected input found by a front end.
  profile_builder& rejected(issue found);

  /// The first rejected input so far; what `try_build` would report.
  [[nodiscard]] const std::optional<issue>& first_issue() const noexcept {
    return first_;
  }

  /// The profile, after the checks that need all of it: a call may not be
  /// denied and its group opened.
  [[nodiscard]] checked<profile_ptr> try_build() const;

private:
  profile_builder& reject(origin where, std::string what);
  profile_builder& grant_path(std::string path, access wanted, bool must_exist,
                              origin from);
  /// True for a string the kernel can take: not empty, no NUL byte. Otherwise
  /// remembers the issue.
  bool usable(const std::string& text, const origin& from);
  void deny_one(const syscall::row& call, const origin& from);

  profile draft_;
  std::optional<issue> first_;
};

} // namespace cordon::policy
