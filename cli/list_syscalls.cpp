#include "cli/app.hpp"
#include "core/base/escape.hpp"
#include "core/syscall/describe.hpp"
#include "core/syscall/table.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace cordon::cli {
namespace {

using syscall::arch;
using syscall::row;
using syscall::treatment;

std::string number_text(const row& r, arch a) {
  return r.number_on(a) == syscall::absent ? "-"
                                           : std::to_string(r.number_on(a));
}

/// "deny EPERM", "group metadata, else EPERM", "check".
std::string treatment_text(const row& r) {
  std::string text(name_of(r.what));
  if (r.what == treatment::deny)
    text += " " + syscall::errno_name(r.error);
  if (r.what == treatment::group)
    text += " " + std::string(name_of(r.member_of)) + ", else "
            + syscall::errno_name(r.error);
  return text;
}

/// Why, and the rules themselves.
std::string note(const row& r) {
  std::string text(r.why);
  if (const auto* rules = syscall::find_rules(r.name))
    text += " (" + syscall::describe(*rules) + ")";
  if (const auto* rules = syscall::find_datagram_rules(r.name))
    text += " (without group unix_datagram: " + syscall::describe(*rules) + ")";
  if (const auto* rules = syscall::find_answerable(r.name))
    text += " (the supervisor's: " + syscall::describe(trapping(*rules)) + ")";
  return text;
}

void print_text(arch a) {
  std::vector<const row*> rows;
  for (const auto& r : syscall::rows())
    if (r.number_on(a) != syscall::absent)
      rows.push_back(&r);
  std::ranges::sort(rows, {}, [a](const row* r) { return r->number_on(a); });
  for (const auto* r : rows) {
    const auto why = note(*r);
    std::printf(why.empty() ? "%4d  %-24s %s\n" : "%4d  %-24s %-28s %s\n",
                r->number_on(a), std::string(r->name).c_str(),
                treatment_text(*r).c_str(), why.c_str());
  }
}

constexpr const char* markdown_head = R"(# System calls

What becomes of every system call of Linux 6.18. This page is printed by
`cordon list-syscalls --markdown` from `core/syscall/table.cpp` and
`core/syscall/argument_rules.cpp`; the tests compare it with them.

- **allow**: the kernel runs it; Landlock still checks files, ports, signals.
- **deny**: refused with the errno, whatever the policy.
- **check**: arguments decide; the note lists the rules in order (argN is the
  N-th argument, from 0, compared as the kernel reads it: 32 bits for an int).
- **group**: refused unless `--extra-allow-syscall` opens the group.
- **policy**: depends on what the policy grants.
- **unfilterable**: the kernel exempts it from filters; see the note.

Numbers that are not listed, the x32 numbers and the calls of other
architectures (`int $0x80`) give `ENOSYS`.

| call | x86_64 | aarch64 | treatment | note |
|---|---|---|---|---|
)";

void print_markdown() {
  std::fputs(markdown_head, stdout);
  for (const auto& r : syscall::rows())
    std::printf("| %s | %s | %s | %s | %s |\n", std::string(r.name).c_str(),
                number_text(r, arch::x86_64).c_str(),
                number_text(r, arch::aarch64).c_str(),
                treatment_text(r).c_str(), note(r).c_str());
}

} // namespace

int list_syscalls(const arguments& words) {
  constexpr const char* expected
      = "list-syscalls: expected --markdown, --arch x86_64 or --arch aarch64";
  if (words.empty())
    return print_text(syscall::native), 0;
  if (words == arguments{"--markdown"})
    return print_markdown(), 0;
  if (words == arguments{"--arch", "x86_64"})
    return print_text(arch::x86_64), 0;
  if (words == arguments{"--arch", "aarch64"})
    return print_text(arch::aarch64), 0;
  if (words == arguments{"--help"})
    return std::puts("Usage: cordon list-syscalls [--markdown] [--arch "
                     "x86_64|aarch64]"),
           0;
  return reject(expected);
}

} // namespace cordon::cli
