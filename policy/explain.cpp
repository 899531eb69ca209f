#include "policy/explain.hpp"

#include "core/base/escape.hpp"
#include "core/landlock/access.hpp"
#include "core/syscall/describe.hpp"
#include "core/syscall/operations.hpp"
#include "core/syscall/table.hpp"
#include "policy/covers.hpp"
#include "policy/lane_domain.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::policy {
namespace {

namespace fs = landlock::fs;

verdict allow(std::string rule) {
  return {true, 0, std::move(rule), {}};
}

verdict refuse(int error, std::string rule, std::string remedy) {
  return {false, error, std::move(rule), std::move(remedy)};
}

// ---- files

/// What Landlock asks for, and of which path: names are created and removed
/// in their directory.
struct demand {
  std::uint64_t right;
  std::string place;
  const char* option;
};

/// The directory that holds the name itself: a link is created and removed
/// where it is, not where it leads.
std::string directory_of_name(const file_lookup& files, std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return settle(files, parent_of(path));
}

demand demand_of(const file_lookup& files, const file_question& asked) {
  switch (asked.action) {
  case file_action::read:
    return {fs::read_file, settle(files, asked.path), "--fs-read"};
  case file_action::execute:
    return {fs::execute, settle(files, asked.path), "--fs-read"};
  case file_action::write:
    return {fs::write_file, settle(files, asked.path), "--fs-write"};
  case file_action::create:
    return {fs::make_reg, directory_of_name(files, asked.path), "--fs-write"};
  case file_action::remove:
    return {fs::remove_file, directory_of_name(files, asked.path),
            "--fs-write"};
  }
  return {~0ULL, asked.path, "--fs-write"};
}

std::string show(const path_rule& rule) {
  return rule.from + " " + escape(rule.path);
}

verdict explain_file(const plan& made, const file_lookup& files,
                     const file_question& asked) {
  const auto needs = demand_of(files, asked);
  const path_rule* weaker = nullptr;
  for (const auto& rule : made.paths) {
    const auto place = files.canonical(rule.path);
    if (!place || !covers(*place, needs.place))
      continue;
    if ((rule.access & needs.right) != 0)
      return allow("granted by " + show(rule));
    weaker = &rule;
  }
  const auto remedy = std::string(needs.option) + " " + escape(needs.place);
  if (weaker != nullptr)
    return refuse(EACCES, show(*weaker) + " grants reading only", remedy);
  return refuse(EACCES, "no grant covers " + escape(needs.place), remedy);
}

// ---- ports

verdict explain_port(const profile& p, const plan& made,
                     const port_question& asked) {
  const bool connect = asked.action == port_question::kind::connect;
  const auto port = std::to_string(asked.port);
  const auto& grants = connect ? p.connect_ports : p.bind_ports;
  const auto remedy
      = connect ? "--net-allow :" + port : "--net-allow-bind " + port;
  if (made.status(protection::net_tcp) == protection_status::stand_in)
    return refuse(EACCES,
                  "this kernel's Landlock cannot check ports, so the filter "
                  "refuses TCP sockets",
                  "--allow-degraded net-tcp " + remedy);
  const auto found = std::ranges::find(grants, asked.port, &port_grant::port);
  if (found != grants.end())
    return allow("granted by " + found->from + " " + (connect ? ":" : "")
                 + port);
  if (grants.empty())
    return refuse(EACCES,
                  connect ? "no port is granted, so connect is refused"
                          : "no port is granted, so listen is refused",
                  remedy);
  if (made.handled_net == 0)
    return allow("net-tcp is "
                 + std::string(name_of(made.status(protection::net_tcp)))
                 + ", so ports are not checked");
  return refuse(EACCES, "port " + port + " is not among the granted ports",
                remedy);
}

// ---- system calls

/// "--extra-allow-syscall metadata" for a member of a group.
std::string opening(const syscall::row& row) {
  if (row.what == syscall::treatment::group)
    return "--extra-allow-syscall " + std::string(name_of(row.member_of));
  if (row.name == "connect")
    return "--net-allow :PORT";
  if (row.name == "listen")
    return "--net-allow-bind PORT";
  return {};
}

/// What arguments lead to the supervisor mean there.
std::string answer_there(const syscall::row& row) {
  using syscall::operation;
  const auto* const trapped = syscall::find_trap(row.name);
  switch (trapped == nullptr ? operation::fork : trapped->op) {
  case operation::send:
    return "; the supervisor sends to socket files that a write grant covers, "
           "and to abstract names of the sandbox";
  case operation::inode_flags:
    return "; the supervisor carries it out on what a write grant covers";
  case operation::limit:
  case operation::priority:
  case operation::schedule:
  case operation::signal:
  case operation::owner:
    return "; the supervisor carries it out for processes of the sandbox, and "
           "says EPERM for others";
  default:
    return {};
  }
}

/// What the arguments decide: the constant rules and this policy's own.
std::string describe_arguments(const plan& made, const syscall::row& row) {
  std::string text;
  if (const auto* rules = syscall::find_rules(row.name))
    text = syscall::describe(*rules);
  for (const auto& rules : made.filter.rules) {
    if (rules.syscall != row.name)
      continue;
    text += (text.empty() ? "" : "; in this policy also: ")
            + syscall::describe(rules);
    if (seccomp::traps({{}, {rules}}))
      text += answer_there(row);
  }
  return text;
}

/// One more process. Only a limit makes the supervisor see it.
verdict explain_new_process(const profile& p) {
  const auto most = p.max_processes->value;
  if (most == 1)
    return refuse(EAGAIN,
                  "the program itself is the one process that "
                      + p.max_processes->from + " allows",
                  "--max-processes 2");
  return allow("counted by the supervisor: EAGAIN for more than "
               + std::to_string(most) + " processes at once");
}

verdict explain_write_rule(const plan& made) {
  if (write_paths(made).empty())
    return refuse(EACCES,
                  "the supervisor carries it out on what a write grant covers, "
                  "and there is none",
                  "--fs-write PATH");
  return allow("carried out by the supervisor on what a write grant covers");
}

/// What the supervisor does with a call that reaches it.
verdict explain_trap(const profile& p, const plan& made,
                     const syscall::row& row) {
  using syscall::operation;
  const auto* const trapped = syscall::find_trap(row.name);
  switch (trapped == nullptr ? operation::fork : trapped->op) {
  case operation::connect:
    return allow("carried out by the supervisor: to granted ports, to socket "
                 "files that a write grant covers, to abstract names of the "
                 "sandbox");
  case operation::send:
    return allow("carried out by the supervisor; to an address: to socket "
                 "files that a write grant covers, to abstract names of the "
                 "sandbox");
  case operation::listen:
    return allow("carried out by the supervisor: on AF_UNIX sockets, and on "
                 "TCP sockets that are bound to a granted port");
  case operation::signal:
    return allow("carried out by the supervisor, to processes of the sandbox");
  case operation::fork:
    return explain_new_process(p);
  default:
    return explain_write_rule(made);
  }
}

verdict explain_syscall(const profile& p, const plan& made,
                        const syscall_question& asked) {
  const auto* const row = syscall::find(asked.name);
  if (row == nullptr)
    return refuse(ENOSYS, "no system call is called " + escape(asked.name), {});
  if (row->what == syscall::treatment::deny)
    return refuse(row->error, "always refused: " + std::string(row->why), {});
  for (const auto& denied : p.extra_deny)
    if (denied.value == row->name)
      return refuse(EPERM, "refused by " + denied.from, {});
  for (const auto& denied : made.filter.denied)
    if (denied.syscall == row->name && denied.error == syscall::trap)
      return explain_trap(p, made, *row);
    else if (denied.syscall == row->name)
      return refuse(denied.error, std::string(row->why), opening(*row));
  const auto arguments = describe_arguments(made, *row);
  return allow(arguments.empty() ? "allowed whatever its arguments"
                                 : "depends on its arguments: " + arguments);
}

verdict explain_signal(const plan& made) {
  if ((made.scoped & landlock::scope::signal) != 0)
    return refuse(EPERM, "the signal scope keeps signals inside the sandbox",
                  "--disable signal-scope");
  if (made.status(protection::signal_scope) == protection_status::stand_in)
    return refuse(EPERM,
                  "this kernel has no signal scope, so the supervisor sends "
                  "signals, to processes of the sandbox only",
                  "--allow-degraded signal-scope");
  return allow("signal-scope is "
               + std::string(name_of(made.status(protection::signal_scope)))
               + ", so processes of the same user can be signalled");
}

} // namespace

verdict explain(const profile& p, const plan& made, const file_lookup& files,
                const question& asked) {
  if (const auto* q = std::get_if<file_question>(&asked))
    return explain_file(made, files, *q);
  if (const auto* q = std::get_if<port_question>(&asked))
    return explain_port(p, made, *q);
  if (const auto* q = std::get_if<syscall_question>(&asked))
    return explain_syscall(p, made, *q);
  return explain_signal(made);
}

std::optional<issue> find_self_harm(const profile& p, const file_lookup& files,
                                    const std::vector<own_place>& places) {
  std::vector<own_place> own; // each place is looked up once
  for (const auto& grant : p.grants) {
    if (grant.wanted != access::write)
      continue;
    if (own.empty())
      for (const auto& place : places)
        own.push_back({place.what, settle(files, place.path)});
    const auto granted = settle(files, grant.path);
    for (const auto& place : own)
      if (covers(granted, place.path) || covers(place.path, granted))
        return issue{grant.from,
                     "a write grant on " + escape(grant.path) + " covers "
                         + place.what + " " + escape(place.path)
                         + ", so the program could change later runs; expected "
                           "a path that does not"};
  }
  return std::nullopt;
}

} // namespace cordon::policy
