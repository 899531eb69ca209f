#include "cli/option_table.hpp"

#include "core/base/escape.hpp"

#include <charconv>

namespace cordon::cli {
namespace {

using policy::issue;
using text = const std::string&;
using group = option_group;

/// Gives a parsed value to `use`, or the issue to the builder.
template <class T, class Use>
void take(parsing& to, policy::checked<T> parsed, Use use) {
  if (parsed)
    use(std::move(*parsed));
  else
    to.builder.rejected(parsed.error());
}

policy::checked<std::uint64_t> whole_number(text value, text where) {
  std::uint64_t number = 0;
  const auto* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || stop != end)
    return policy::reject(where,
                          "'" + escape(value) + "' is not a whole number");
  return number;
}

policy::checked<policy::protection> protection_of(text value, text where) {
  if (const auto found = policy::find_protection(value))
    return *found;
  return policy::reject(
      where, "'" + escape(value)
                 + "' is not a protection; expected fs-refer, fs-truncate, "
                   "net-tcp, fs-ioctl-dev, signal-scope or "
                   "abstract-unix-socket-scope");
}

void set_environment(parsing& to, text value, text where) {
  const auto equals = value.find('=');
  if (equals == std::string::npos) {
    to.builder.rejected(
        {where, "'" + escape(value) + "' has no '='; expected NAME=VALUE"});
    return;
  }
  to.builder.env(value.substr(0, equals), value.substr(equals + 1), where);
}

void set_status_fd(parsing& to, text value, text where) {
  take(to, whole_number(value, where), [&](std::uint64_t number) {
    if (number > 1'000'000)
      to.builder.rejected({where, "expected an open file descriptor"});
    else
      to.options.status_fd = static_cast<int>(number);
  });
}

// clang-format off
constexpr option_row rows[] = {
  {"-p,--profile", "NAME", group::profile, true, "Start from a profile by name",
   [](parsing& to, text v, text) { to.profiles.push_back(v); }},
  {"--profile-file", "PATH", group::profile, true, "Start from a profile in a file",
   [](parsing& to, text v, text) { to.profile_files.push_back(v); }},

  {"-r,--fs-read", "PATH", group::grants, true, "Let the program read, list and execute beneath PATH",
   [](parsing& to, text v, text w) { to.builder.read(v, w); }},
  {"-w,--fs-write", "PATH", group::grants, true, "Let it change files beneath PATH too",
   [](parsing& to, text v, text w) { to.builder.write(v, w); }},
  {"--fs-deny", "PATH", group::grants, true, "Take PATH out of what is granted",
   [](parsing& to, text v, text w) { to.builder.deny_path(v, w); }},
  {"--chroot", "DIR", group::grants, true, "Give the program DIR as its root directory",
   [](parsing& to, text v, text w) { to.builder.chroot(v, w); }},
  {"--fs-mount", "VIRTUAL:HOST[:ro]", group::grants, true, "Show the host directory HOST at VIRTUAL",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_mount(v, w), [&](auto m) {
       to.builder.mount(std::move(m.at), std::move(m.host), m.read_only, w);
     });
   }},
  {"--net-allow", ":PORT[,...]", group::grants, true, "Let it connect to these TCP ports of any host",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_connect_ports(v, w), [&](auto ports) {
       for (const auto port : ports) to.builder.connect_port(port, w);
     });
   }},
  {"--net-allow-bind", "PORT[,...]", group::grants, true, "Let it listen on these TCP ports",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_bind_ports(v, w), [&](auto ports) {
       for (const auto port : ports) to.builder.bind_port(port, w);
     });
   }},
  {"--gpu", "all|N[,...]", group::grants, true, "Grant the devices of these GPUs",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_gpu(v, w), [&](auto g) { to.builder.gpu(std::move(g), w); });
   }},
  {"--extra-allow-syscall", "GROUP", group::grants, true, "Open metadata, sysv_ipc or unix_datagram",
   [](parsing& to, text v, text w) { to.builder.allow_group(v, w); }},

  {"--extra-deny-syscall", "NAME|GROUP", group::protections, true, "Refuse a call or group as well",
   [](parsing& to, text v, text w) { to.builder.deny_syscall(v, w); }},
  {"--allow-degraded", "PROTECTION", group::protections, true, "Run even where the kernel lacks PROTECTION",
   [](parsing& to, text v, text w) {
     take(to, protection_of(v, w), [&](auto p) { to.builder.allow_degraded(p); });
   }},
  {"--disable", "PROTECTION", group::protections, true, "Do not use PROTECTION at all",
   [](parsing& to, text v, text w) {
     take(to, protection_of(v, w), [&](auto p) { to.builder.disable(p, w); });
   }},
  {"--no-supervisor", nullptr, group::protections, true, "Become the program instead of supervising it",
   [](parsing& to, text, text) { to.options.supervised = false; }},

  {"-e,--exec-shell", "COMMAND", group::program, false, "Run /bin/sh -c COMMAND",
   [](parsing& to, text v, text) { to.options.shell_command = v; }},
  {"--cwd", "PATH", group::program, false, "Start in PATH",
   [](parsing& to, text v, text w) { to.builder.cwd(v, w); }},
  {"--env", "NAME=VALUE", group::program, false, "Set a variable",
   set_environment},
  {"--clean-env", nullptr, group::program, false, "Start from an empty environment",
   [](parsing& to, text, text) { to.builder.clean_env(); }},
  {"--user", "UID:GID", group::program, false, "Be this user inside (a user namespace)",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_user(v, w), [&](auto who) { to.builder.user(who, w); });
   }},
  {"--name", "NAME", group::program, false, "Name the sandbox; in a view its host, too",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_name(v, w), [&](auto n) {
       to.builder.hostname(n, w);
       to.options.name = std::move(n);
     });
   }},
  {"-i,--interactive", nullptr, group::program, false, "Accepted: standard streams are always passed on",
   [](parsing&, text, text) {}},
  {"--deterministic-dirs", nullptr, group::program, true, "List directories in the order of bytes (a view)",
   [](parsing& to, text, text w) { to.builder.deterministic_dirs(w); }},

  {"-t,--timeout", "SECONDS", group::limits, false, "End the run after SECONDS",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_seconds(v, w), [&](auto t) { to.builder.timeout(t, w); });
   }},
  {"-P,--max-processes", "N", group::limits, true, "At most N processes at once, the first included",
   [](parsing& to, text v, text w) {
     take(to, whole_number(v, w), [&](auto n) { to.builder.max_processes(n, w); });
   }},
  {"--max-open-files", "N", group::limits, false, "Limit the program's file descriptors",
   [](parsing& to, text v, text w) {
     take(to, whole_number(v, w), [&](auto n) { to.builder.max_open_files(n, w); });
   }},
  {"--cpu-cores", "N[,...]", group::limits, false, "Use these CPU cores only",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_indices(v, w), [&](auto cores) {
       for (const auto core : cores) to.builder.cpu_core(core, w);
     });
   }},
  {"--no-coredump", nullptr, group::limits, false, "No core dumps",
   [](parsing& to, text, text) { to.builder.no_coredump(); }},
  {"--no-huge-pages", nullptr, group::limits, false, "No transparent huge pages",
   [](parsing& to, text, text) { to.builder.no_huge_pages(); }},
  {"--no-randomize-memory", nullptr, group::limits, false, "No address space randomisation",
   [](parsing& to, text, text) { to.builder.no_randomize_memory(); }},

  {"--status-fd", "FD", group::reporting, false, "Write the result to FD as one line of JSON",
   set_status_fd},
  {"--audit", "FILE", group::reporting, false, "Append each denial to FILE as one line of JSON",
   [](parsing& to, text v, text w) {
     if (v.find('\0') == std::string::npos && !v.empty()) to.options.audit_file = v;
     else to.builder.rejected({w, "expected a file"});
   }},
  {"-v,--verbose", nullptr, group::reporting, true, "Say what the run used; twice: the plan too",
   [](parsing& to, text, text) { ++to.options.verbosity; }},
};
// clang-format on

} // namespace

std::span<const option_row> option_table() {
  return rows;
}

const char* heading_of(option_group wanted) {
  switch (wanted) {
  case group::profile:
    return "Profile";
  case group::grants:
    return "Grants";
  case group::protections:
    return "Protections";
  case group::program:
    return "Program";
  case group::limits:
    return "Limits";
  case group::reporting:
    return "Reporting";
  }
  return "Options";
}

bool in_scope(const option_row& row, option_scope scope) {
  return scope == option_scope::run || row.policy;
}

std::string_view long_name(const option_row& row) {
  const std::string_view all = row.names;
  return all.substr(all.find("--"));
}

char short_name(const option_row& row) {
  return row.names[1] == '-' ? '\0' : row.names[1];
}

} // namespace cordon::cli
