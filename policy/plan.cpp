#include "policy/plan.hpp"

#include "core/landlock/access.hpp"
#include "policy/mirror.hpp"
#include "policy/stand_ins.hpp"

#include <algorithm>

namespace cordon::policy {
namespace {

namespace fs = landlock::fs;
namespace net = landlock::net;
namespace scope = landlock::scope;

/// Whether a stricter filter replaces the protection where it is missing, or
/// the supervisor does.
/// (Moving files between directories is always refused below ABI 2.)
bool has_stand_in(protection what, run_kind kind) {
  return what != protection::signal_scope || kind == run_kind::supervised;
}

checked<protection_status> status_of(protection what, insistence wanted,
                                     int abi, run_kind kind) {
  if (wanted == insistence::disabled)
    return protection_status::disabled;
  if (abi >= required_abi(what))
    return protection_status::active;
  if (wanted == insistence::degradable)
    return protection_status::degraded;
  if (has_stand_in(what, kind))
    return protection_status::stand_in;
  const std::string name(name_of(what));
  return reject(name, "this kernel's Landlock (ABI " + std::to_string(abi)
                          + ") lacks it, it came with ABI "
                          + std::to_string(required_abi(what))
                          + ", and without a supervisor nothing stands in for "
                            "it; --allow-degraded "
                          + name
                          + " runs without: the program could then signal "
                            "other processes of the same user");
}

checked<void> settle_protections(plan& made, const profile& p, run_kind kind) {
  for (const auto what : all_protections) {
    const auto status = status_of(what, p.insists_on(what), made.abi, kind);
    if (!status)
      return tl::make_unexpected(status.error());
    made.protections[static_cast<std::size_t>(what)] = *status;
  }
  return {};
}

/// What Landlock handles: all the ABI knows, less what was switched off.
void settle_rights(plan& made) {
  const auto unless_disabled = [&](protection what, std::uint64_t rights) {
    return made.status(what) == protection_status::disabled ? 0 : rights;
  };
  made.handled_fs
      = landlock::fs_rights(made.abi) & ~fs::truncate & ~fs::ioctl_dev;
  made.handled_fs
      |= landlock::fs_rights(made.abi)
         & (unless_disabled(protection::fs_truncate, fs::truncate)
            | unless_disabled(protection::fs_ioctl_dev, fs::ioctl_dev));
  made.handled_net
      = unless_disabled(protection::net_tcp, landlock::net_rights(made.abi));
  made.scoped = landlock::scopes(made.abi)
                & (unless_disabled(protection::signal_scope, scope::signal)
                   | unless_disabled(protection::abstract_unix_socket_scope,
                                     scope::abstract_unix_socket));
}

void add_path(plan& made, std::string path, access wanted, bool must_exist,
              const origin& from) {
  const auto rights
      = wanted == access::write ? fs::write_grant : fs::read_grant;
  made.paths.push_back(
      {std::move(path), rights & made.handled_fs, must_exist, from});
}

/// Devices and what drivers read of them; any of it may be missing.
void add_gpu(plan& made, const profile::gpu_choice& gpu) {
  const auto device = [&](const std::string& path) {
    add_path(made, path, access::write, false, gpu.from);
  };
  for (const char* const shared :
       {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools"})
    device(shared);
  if (gpu.all) {
    device("/dev/dri");
    for (int index = 0; index < 16; ++index)
      device("/dev/nvidia" + std::to_string(index));
  }
  for (const auto index : gpu.indices)
    device("/dev/nvidia" + std::to_string(index));
  for (const char* const about :
       {"/proc/driver/nvidia", "/sys/bus/pci/devices", "/sys/module/nvidia"})
    add_path(made, about, access::read, false, gpu.from);
}

/// No rule where the right is not handled: the kernel would refuse it.
void add_ports(plan& made, const std::vector<port_grant>& grants,
               std::uint64_t right) {
  if ((made.handled_net & right) == 0)
    return;
  for (const auto& grant : grants)
    made.ports.push_back({grant.port, right, grant.from});
}

/// What a mirror cannot be without, and does not go with.
checked<void> check_mirror(const profile& p, run_kind kind) {
  if (!needs_mirror(p))
    return {};
  const auto from = mirror_origin(p);
  if (kind == run_kind::unsupervised)
    return reject(from, "needs the supervisor that --no-supervisor leaves out");
  if (kind == run_kind::unanswered)
    return reject(from,
                  "needs a seccomp listener, and none is to be had here: this "
                  "process is supervised by somebody else already");
  if (p.gpu)
    return reject(p.gpu->from, "does not go with " + from
                                   + " yet: grant the devices with --fs-mount");
  if (p.user)
    return reject(p.user->from, "does not go with " + from);
  return {};
}

/// Messages with addresses are sent by a supervisor only.
checked<void> check_datagrams(const profile& p, run_kind kind) {
  const auto opened = std::ranges::find(p.extra_allow, "unix_datagram",
                                        &sourced<std::string>::value);
  if (opened == p.extra_allow.end() || kind == run_kind::supervised)
    return {};
  return reject(
      opened->from,
      kind == run_kind::unsupervised
          ? "unix_datagram needs the supervisor that --no-supervisor leaves out"
          : "unix_datagram needs a seccomp listener, and none is to be had "
            "here: this "
            "process is supervised by somebody else already");
}

} // namespace

checked<plan> make_plan(const profile& p, kernel_facts kernel, run_kind kind) {
  if (kernel.landlock_abi < 1)
    return reject("Landlock",
                  "this kernel has none, or it is switched off (lsm= on the "
                  "kernel command line); nothing could wall the program in");
  if (kind == run_kind::supervised && !kernel.listener)
    kind = run_kind::unanswered;
  if (kind == run_kind::unanswered && p.max_processes)
    return reject(p.max_processes->from,
                  "needs a seccomp listener, and none is to be had here: this "
                  "process is supervised by somebody else already");
  if (const auto possible = check_datagrams(p, kind); !possible)
    return tl::make_unexpected(possible.error());
  plan made;
  made.abi = std::min(kernel.landlock_abi, landlock::newest_known_abi);
  if (const auto settled = settle_protections(made, p, kind); !settled)
    return tl::make_unexpected(settled.error());
  settle_rights(made);
  made.mirrors = needs_mirror(p);
  if (const auto possible = check_mirror(p, kind); !possible)
    return tl::make_unexpected(possible.error());
  for (const auto& grant : p.grants)
    if (!made.mirrors)
      add_path(made, grant.path, grant.wanted, grant.must_exist, grant.from);
  if (p.gpu && !made.mirrors)
    add_gpu(made, *p.gpu);
  add_ports(made, p.connect_ports, net::connect_tcp);
  add_ports(made, p.bind_ports, net::bind_tcp);
  made.filter = make_filter(p, made, kind);
  return made;
}

} // namespace cordon::policy
