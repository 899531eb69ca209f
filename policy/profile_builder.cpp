#include "policy/profile_builder.hpp"

#include "core/base/escape.hpp"
#include "core/paths/view.hpp"
#include "core/syscall/table.hpp"

#include <algorithm>

namespace cordon::policy {
namespace {

constexpr const char* known_groups = "metadata, sysv_ipc, unix_datagram";

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

} // namespace

profile_builder::profile_builder(const profile& base)
    : draft_(base) {
}

profile_builder& profile_builder::reject(origin where, std::string what) {
  return rejected({std::move(where), std::move(what)});
}

profile_builder& profile_builder::rejected(issue found) {
  if (!first_)
    first_ = std::move(found);
  return *this;
}

bool profile_builder::usable(const std::string& text, const origin& from) {
  if (text.empty())
    reject(from, "is empty; expected a path");
  else if (has_nul(text))
    reject(from, "'" + escape(text) + "' holds a NUL byte");
  else
    return true;
  return false;
}

profile_builder& profile_builder::exec(std::string program, origin from) {
  if (usable(program, from))
    draft_.exec = {std::move(program), std::move(from)};
  return *this;
}

profile_builder& profile_builder::args(std::vector<std::string> arguments) {
  if (std::ranges::any_of(arguments, has_nul))
    return reject("program.args", "an argument holds a NUL byte");
  draft_.args = std::move(arguments);
  return *this;
}

profile_builder& profile_builder::env(std::string name, std::string value,
                                      origin from) {
  if (name.empty() || name.find('=') != std::string::npos || has_nul(name)
      || has_nul(value))
    return reject(std::move(from), "'" + escape(name)
                                       + "' is not a variable; expected "
                                         "NAME=VALUE without NUL bytes");
  draft_.env.emplace_back(std::move(name), std::move(value));
  return *this;
}

profile_builder& profile_builder::clean_env() {
  draft_.clean_env = true;
  return *this;
}

profile_builder& profile_builder::cwd(std::string directory, origin from) {
  if (usable(directory, from))
    draft_.cwd = {std::move(directory), std::move(from)};
  return *this;
}

profile_builder& profile_builder::user(identity who, origin from) {
  draft_.user = {who, std::move(from)};
  return *this;
}

profile_builder& profile_builder::hostname(const std::string& name,
                                           origin from) {
  auto parsed = parse_name(name, from);
  if (!parsed)
    return rejected(parsed.error());
  draft_.hostname = {std::move(*parsed), std::move(from)};
  return *this;
}

profile_builder& profile_builder::deterministic_dirs(origin from) {
  draft_.sorted_listings = {true, std::move(from)};
  return *this;
}

profile_builder& profile_builder::no_coredump() {
  draft_.no_coredump = true;
  return *this;
}

profile_builder& profile_builder::no_huge_pages() {
  draft_.no_huge_pages = true;
  return *this;
}

profile_builder& profile_builder::no_randomize_memory() {
  draft_.no_randomize_memory = true;
  return *this;
}

profile_builder& profile_builder::grant_path(std::string path, access wanted,
                                             bool must_exist, origin from) {
  if (usable(path, from))
    draft_.grants.push_back(
        {std::move(path), wanted, must_exist, std::move(from)});
  return *this;
}

profile_builder& profile_builder::read(std::string path, origin from) {
  return grant_path(std::move(path), access::read, true, std::move(from));
}

profile_builder& profile_builder::write(std::string path, origin from) {
  return grant_path(std::move(path), access::write, true, std::move(from));
}

profile_builder& profile_builder::read_if_exists(std::string path,
                                                 origin from) {
  return grant_path(std::move(path), access::read, false, std::move(from));
}

profile_builder& profile_builder::write_if_exists(std::string path,
                                                  origin from) {
  return grant_path(std::move(path), access::write, false, std::move(from));
}

profile_builder& profile_builder::chroot(std::string directory, origin from) {
  if (usable(directory, from))
    draft_.chroot = {std::move(directory), std::move(from)};
  return *this;
}

profile_builder& profile_builder::mount(const std::string& at, std::string host,
                                        bool read_only, origin from) {
  if (!usable(at, from) || !usable(host, from))
    return *this;
  const auto place = paths::clean(at);
  if (!place || *place == "/")
    return reject(std::move(from), "'" + escape(at)
                                       + "' is no place to mount at; expected "
                                         "an absolute path below / without "
                                         "\"..\"");
  const bool taken = std::ranges::any_of(
      draft_.mounts, [&](const auto& each) { return each.at == *place; });
  if (taken)
    return reject(std::move(from), "'" + escape(at)
                                       + "' is mounted already; expected each "
                                         "place once");
  draft_.mounts.push_back(
      {*place, std::move(host), read_only, std::move(from)});
  return *this;
}

profile_builder& profile_builder::deny_path(std::string path, origin from) {
  if (usable(path, from))
    draft_.denials.push_back({std::move(path), std::move(from)});
  return *this;
}

profile_builder& profile_builder::connect_port(std::uint16_t port,
                                               origin from) {
  draft_.connect_ports.push_back({port, std::move(from)});
  return *this;
}

profile_builder& profile_builder::bind_port(std::uint16_t port, origin from) {
  draft_.bind_ports.push_back({port, std::move(from)});
  return *this;
}

void profile_builder::deny_one(const syscall::row& call, const origin& from) {
  const auto same
      = [&](const sourced<std::string>& s) { return s.value == call.name; };
  if (std::ranges::none_of(draft_.extra_deny, same))
    draft_.extra_deny.push_back({std::string(call.name), from});
}

profile_builder& profile_builder::deny_syscall(const std::string& name,
                                               origin from) {
  if (const auto members = syscall::find_group(name);
      members != syscall::group::none) {
    if (members == syscall::group::unix_datagram)
      return reject(std::move(from),
                    "unix_datagram is refused as long as nothing opens it; "
                    "expected another group, or a call");
    for (const auto& row : syscall::rows())
      if (row.member_of == members)
        deny_one(row, from);
    return *this;
  }
  const auto* const row = syscall::find(name);
  if (row == nullptr)
    return reject(std::move(from), "'" + escape(name)
                                       + "' is no system call or group; "
                                         "`cordon list-syscalls` shows them");
  deny_one(*row, from);
  return *this;
}

profile_builder& profile_builder::allow_group(std::string name, origin from) {
  if (syscall::find_group(name) == syscall::group::none)
    return reject(std::move(from),
                  "'" + escape(name)
                      + "' is not a group; single calls cannot be opened, "
                        "expected one of "
                      + known_groups);
  draft_.extra_allow.push_back({std::move(name), std::move(from)});
  return *this;
}

profile_builder& profile_builder::max_open_files(std::uint64_t count,
                                                 origin from) {
  if (count == 0)
    return reject(std::move(from), "0 leaves no file to open; expected 1 or "
                                   "more (a dynamic program needs about 4)");
  draft_.max_open_files = {count, std::move(from)};
  return *this;
}

profile_builder& profile_builder::max_processes(std::uint64_t count,
                                                origin from) {
  if (count == 0)
    return reject(std::move(from),
                  "0 leaves no process to start; expected 1 or more (the "
                  "first one counts)");
  draft_.max_processes = {count, std::move(from)};
  return *this;
}

profile_builder& profile_builder::timeout(std::chrono::milliseconds after,
                                          origin from) {
  draft_.timeout = {after, std::move(from)};
  return *this;
}

profile_builder& profile_builder::cpu_core(std::uint32_t index, origin from) {
  if (index > highest_index)
    return reject(std::move(from), "core " + std::to_string(index)
                                       + " is too high; expected 0…1023");
  draft_.cpu_cores.push_back(index);
  return *this;
}

profile_builder& profile_builder::gpu(profile::gpu_choice which, origin from) {
  which.from = std::move(from);
  draft_.gpu = std::move(which);
  return *this;
}

profile_builder& profile_builder::allow_degraded(protection what) {
  draft_.protections[static_cast<std::size_t>(what)] = insistence::degradable;
  return *this;
}

profile_builder& profile_builder::disable(protection what, origin from) {
  if (what == protection::fs_refer)
    return reject(std::move(from),
                  "fs-refer cannot be disabled: without it files could not be "
                  "moved between directories at all; expected another "
                  "protection");
  draft_.protections[static_cast<std::size_t>(what)] = insistence::disabled;
  return *this;
}

checked<profile_ptr> profile_builder::try_build() const {
  if (first_)
    return tl::make_unexpected(*first_);
  for (const auto& denied : draft_.extra_deny) {
    const auto group = syscall::find(denied.value)->member_of;
    for (const auto& opened : draft_.extra_allow)
      if (group != syscall::group::none
          && syscall::find_group(opened.value) == group)
        return policy::reject(denied.from,
                              denied.value + " is in the group " + opened.value
                                  + ", which " + opened.from
                                  + " opens; expected one or the other");
  }
  return std::make_shared<const profile>(draft_);
}

} // namespace cordon::policy
