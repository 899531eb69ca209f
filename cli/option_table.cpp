#include "cli/option_table.hpp"

#include "core/base/escape.hpp"

#include <charconv>

namespace cordon::cli {
namespace {

using policy::issue;
using text = const std::string&;

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
  {"-r,--fs-read", "PATH", true, "Let the program read, list and execute beneath PATH",
   [](parsing& to, text v, text w) { to.builder.read(v, w); }},
  {"-w,--fs-write", "PATH", true, "Let it change files beneath PATH too",
   [](parsing& to, text v, text w) { to.builder.write(v, w); }},
  {"--net-allow", ":PORT[,…]", true, "Let it connect to these TCP ports of any host",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_connect_ports(v, w), [&](auto ports) {
       for (const auto port : ports) to.builder.connect_port(port, w);
     });
   }},
  {"--net-allow-bind", "PORT[,…]", true, "Let it listen on these TCP ports",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_bind_ports(v, w), [&](auto ports) {
       for (const auto port : ports) to.builder.bind_port(port, w);
     });
   }},
  {"--extra-deny-syscall", "NAME|GROUP", true, "Refuse a system call or group besides the built-in ones",
   [](parsing& to, text v, text w) { to.builder.deny_syscall(v, w); }},
  {"--extra-allow-syscall", "GROUP", true, "Open a group: metadata, sysv_ipc",
   [](parsing& to, text v, text w) { to.builder.allow_group(v, w); }},
  {"--allow-degraded", "PROTECTION", true, "Run even where the kernel lacks PROTECTION",
   [](parsing& to, text v, text w) {
     take(to, protection_of(v, w), [&](auto p) { to.builder.allow_degraded(p); });
   }},
  {"--disable", "PROTECTION", true, "Do not use PROTECTION at all",
   [](parsing& to, text v, text w) {
     take(to, protection_of(v, w), [&](auto p) { to.builder.disable(p, w); });
   }},
  {"--gpu", "all|N[,…]", true, "Grant the devices of these GPUs",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_gpu(v, w), [&](auto g) { to.builder.gpu(std::move(g), w); });
   }},
  {"--no-supervisor", nullptr, true, "Become the program instead of supervising it",
   [](parsing& to, text, text) { to.options.supervised = false; }},
  {"-v,--verbose", nullptr, true, "Say more; twice: everything",
   [](parsing& to, text, text) { ++to.options.verbosity; }},

  {"-t,--timeout", "SECONDS", false, "End the run after SECONDS",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_seconds(v, w), [&](auto t) { to.builder.timeout(t, w); });
   }},
  {"--max-open-files", "N", false, "Limit the program's file descriptors",
   [](parsing& to, text v, text w) {
     take(to, whole_number(v, w), [&](auto n) { to.builder.max_open_files(n, w); });
   }},
  {"--cwd", "PATH", false, "Start in PATH",
   [](parsing& to, text v, text w) { to.builder.cwd(v, w); }},
  {"--env", "NAME=VALUE", false, "Set a variable",
   set_environment},
  {"--clean-env", nullptr, false, "Start from an empty environment",
   [](parsing& to, text, text) { to.builder.clean_env(); }},
  {"--user", "UID:GID", false, "Be this user inside (a user namespace)",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_user(v, w), [&](auto who) { to.builder.user(who, w); });
   }},
  {"--name", "NAME", false, "Name the sandbox",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_name(v, w), [&](auto n) { to.options.name = std::move(n); });
   }},
  {"-e,--exec-shell", "COMMAND", false, "Run /bin/sh -c COMMAND",
   [](parsing& to, text v, text) { to.options.shell_command = v; }},
  {"--status-fd", "FD", false, "Write the result to FD as one line of JSON",
   set_status_fd},
  {"-i,--interactive", nullptr, false, "Accepted: standard streams are always passed on",
   [](parsing&, text, text) {}},
  {"--cpu-cores", "N[,…]", false, "Use these CPU cores only",
   [](parsing& to, text v, text w) {
     take(to, policy::parse_indices(v, w), [&](auto cores) {
       for (const auto core : cores) to.builder.cpu_core(core, w);
     });
   }},
  {"--no-coredump", nullptr, false, "No core dumps",
   [](parsing& to, text, text) { to.builder.no_coredump(); }},
  {"--no-huge-pages", nullptr, false, "No transparent huge pages",
   [](parsing& to, text, text) { to.builder.no_huge_pages(); }},
  {"--no-randomize-memory", nullptr, false, "No address space randomisation",
   [](parsing& to, text, text) { to.builder.no_randomize_memory(); }},
};
// clang-format on

} // namespace

std::span<const option_row> option_table() {
  return rows;
}

std::string long_name(const char* names) {
  const std::string all = names;
  return all.substr(all.find("--"));
}

} // namespace cordon::cli
