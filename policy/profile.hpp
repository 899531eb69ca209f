// A profile: everything a run is allowed, as an immutable value.
#pragma once

#include "core/syscall/table.hpp"
#include "policy/protection.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cordon::policy {

/// Where a setting was written: "--fs-read", "my.toml:3:8: filesystem.read", or
/// "profile base:9:3: filesystem.read_if_exists" for an included profile. Shown
/// in explanations; printable.
using origin = std::string;

enum class access : std::uint8_t {
  read,  ///< read, list and execute beneath the path
  write, ///< all of read, and create, change, remove beneath the path
};

/// One path a run may use. A directory grants everything beneath it.
struct grant {
  std::string path; ///< bytes as written; relative to the caller's cwd
  access wanted = access::read;
  bool must_exist = true; ///< false: skipped when the path is missing
  origin from;
};

/// A host directory that the run finds at a place of its own.
struct mount {
  std::string at;   ///< absolute, in the view
  std::string host; ///< bytes as written; relative to the caller's cwd
  bool read_only = false;
  origin from;
};

/// One TCP port a run may connect or bind to.
struct port_grant {
  std::uint16_t port = 0;
  origin from;
};

struct identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

/// A value and where it was written.
template <class T>
struct sourced {
  T value;
  origin from;
};

/// Made by profile_builder; handed around as shared_ptr<const profile>.
/// Unset and empty never mean "all".
struct profile {
  // program
  std::optional<sourced<std::string>> exec;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env; ///< in order, last wins
  bool clean_env = false;
  std::optional<sourced<std::string>> cwd;
  std::optional<sourced<identity>> user;
  /// In a view: what the machine is called.
  std::optional<sourced<std::string>> hostname;
  bool no_coredump = false;
  bool no_huge_pages = false;
  bool no_randomize_memory = false;
  /// Directories are listed in the order of bytes.
  std::optional<sourced<bool>> sorted_listings;

  // filesystem
  std::vector<grant> grants;
  /// The root of the view; unset: the host's. With one, paths of grants and
  /// denials are paths in it.
  std::optional<sourced<std::string>> chroot;
  std::vector<mount> mounts;
  std::vector<sourced<std::string>> denials; ///< taken out of the grants

  // network: TCP only, by port
  std::vector<port_grant> connect_ports;
  std::vector<port_grant> bind_ports;

  // system calls
  std::vector<sourced<std::string>> extra_deny; ///< call names, groups expanded
  std::vector<sourced<std::string>> extra_allow; ///< group names

  // limits
  std::optional<sourced<std::uint64_t>> max_open_files; ///< >= 1
  std::optional<sourced<std::uint64_t>> max_processes;  ///< >= 1
  std::optional<sourced<std::chrono::milliseconds>> timeout;
  std::vector<std::uint32_t> cpu_cores; ///< empty: not restricted
  /// The GPUs whose devices are granted; unset: none.
  struct gpu_choice {
    bool all = false;
    std::vector<std::uint32_t> indices;
    origin from = {};
  };
  std::optional<gpu_choice> gpu;

  // protections
  insistences protections{};

  /// Whether the calls of a group are opened.
  [[nodiscard]] bool opens(syscall::group members) const noexcept {
    return std::ranges::any_of(extra_allow, [&](const auto& opened) {
      return syscall::find_group(opened.value) == members;
    });
  }

  [[nodiscard]] insistence insists_on(protection what) const noexcept {
    return protections[static_cast<std::size_t>(what)];
  }
};

using profile_ptr = std::shared_ptr<const profile>;

} // namespace cordon::policy
