// Builds a profile. The command line and TOML files feed the same calls.
#pragma once

#include "policy/issue.hpp"
#include "policy/profile.hpp"

#include <string>
#include <string_view>

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
  profile_builder& no_coredump();
  profile_builder& no_huge_pages();
  profile_builder& no_randomize_memory();

  profile_builder& read(std::string path, origin from = "read");
  profile_builder& write(std::string path, origin from = "write");
  /// As read and write, but a missing path is skipped.
  profile_builder& read_if_exists(std::string path, origin from = "read");
  profile_builder& write_if_exists(std::string path, origin from = "write");

  profile_builder& connect_port(std::uint16_t port, origin from = "connect");
  profile_builder& bind_port(std::uint16_t port, origin from = "bind");

  /// A call or a group by name; a group stands for its members.
  profile_builder& deny_syscall(std::string name, origin from = "extra_deny");
  /// A group by name; single calls cannot be opened.
  profile_builder& allow_group(std::string name, origin from = "extra_allow");

  profile_builder& max_open_files(std::uint64_t count,
                                  origin from = "max_open_files");
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

  [[nodiscard]] checked<profile_ptr> try_build() const;

private:
  profile& edit() {
    return draft_;
  }
  profile draft_;
  std::optional<issue> first_;
};

// The grammar both front ends share. `where` names the option or key.

/// "UID:GID", decimal, both below 2^32 - 1.
[[nodiscard]] checked<identity> parse_user(std::string_view text, origin where);
/// ":443,:80" or ":443,80": TCP ports 1…65535, any host.
[[nodiscard]] checked<std::vector<std::uint16_t>>
parse_connect_ports(std::string_view text, origin where);
/// "8080,9000-9010": TCP ports 0…65535 and inclusive ranges.
[[nodiscard]] checked<std::vector<std::uint16_t>>
parse_bind_ports(std::string_view text, origin where);
/// "2", "0.5": seconds, above 0, at most 10 years.
[[nodiscard]] checked<std::chrono::milliseconds>
parse_seconds(std::string_view text, origin where);
/// "0,2,3": indices 0…1023.
[[nodiscard]] checked<std::vector<std::uint32_t>>
parse_indices(std::string_view text, origin where);
/// "all" (any case) or indices.
[[nodiscard]] checked<profile::gpu_choice> parse_gpu(std::string_view text,
                                                     origin where);
/// A name of a sandbox or profile: 1…64 bytes of [A-Za-z0-9._-], not starting
/// with "." or "-".
[[nodiscard]] checked<std::string> parse_name(std::string_view text,
                                              origin where);

} // namespace cordon::policy
