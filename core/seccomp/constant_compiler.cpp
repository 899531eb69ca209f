#include "core/seccomp/constant_compiler.hpp"

#include "core/base/unique_fd.hpp"
#include "core/seccomp/assembler.hpp"
#include "core/syscall/table.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <memory>

namespace cordon::seccomp {
namespace {

/// The answer for numbers without a rule.
constexpr std::uint32_t unlisted = SCMP_ACT_ERRNO(ENOSYS);

using context = std::unique_ptr<void, decltype(&seccomp_release)>;

/// What libseccomp answers for a row. Calls with argument rules never get
/// here: the block in front has answered.
std::uint32_t table_action(const syscall::row& r) {
  if (r.what == syscall::treatment::deny)
    return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(r.error));
  return SCMP_ACT_ALLOW;
}

result<void> add_rows(scmp_filter_ctx ctx) {
  for (const auto& r : syscall::rows()) {
    const int number = r.number_on(syscall::native);
    // libseccomp refuses a rule that says the same as the default (ENOSYS).
    if (number == syscall::absent || table_action(r) == unlisted)
      continue;
    if (const int error
        = seccomp_rule_add_exact(ctx, table_action(r), number, 0);
        error != 0)
      return fail(-error, "add a row to the filter", std::string(r.name));
  }
  return {};
}

result<program> read_program(int fd) {
  const auto bytes = ::lseek(fd, 0, SEEK_END);
  if (bytes < 0)
    return fail_errno("measure the exported filter");
  program made(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
  if (::pread(fd, made.data(), static_cast<std::size_t>(bytes), 0) != bytes)
    return fail_errno("read the exported filter");
  return made;
}

/// The table of numbers; anything it does not list gets ENOSYS.
result<program> compile_numbers() {
  const context ctx{seccomp_init(unlisted), &seccomp_release};
  if (!ctx)
    return fail(ENOMEM, "start a filter");
  // 2: a binary tree over the numbers instead of a list.
  if (seccomp_attr_set(ctx.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0
      || seccomp_attr_set(ctx.get(), SCMP_FLTATR_ACT_BADARCH,
                          SCMP_ACT_ERRNO(ENOSYS))
             != 0)
    return fail(EINVAL, "configure the filter");
  if (const auto added = add_rows(ctx.get()); !added)
    return tl::make_unexpected(added.error());
  const unique_fd file{::memfd_create("filter", MFD_CLOEXEC)};
  if (!file)
    return fail_errno("make a file for the filter");
  if (const int error = seccomp_export_bpf(ctx.get(), file.get()); error != 0)
    return fail(-error, "export the filter");
  return read_program(file.get());
}

} // namespace

result<program> compile_constant_filter() {
  program made;
  append_prologue(made, syscall::audit_arch(syscall::native));
  for (const auto& rules : syscall::constant_rules()) {
    const auto* row = syscall::find(rules.syscall);
    if (row == nullptr)
      return fail(EINVAL, "find the system call", std::string(rules.syscall));
    if (const int number = row->number_on(syscall::native);
        number != syscall::absent)
      append_rules(made, number, rules);
  }
  const auto numbers = compile_numbers();
  if (!numbers)
    return numbers;
  // Jumps are relative, so one program can follow the other.
  made.insert(made.end(), numbers->begin(), numbers->end());
  if (made.size() > BPF_MAXINSNS)
    return fail(E2BIG, "compile the constant filter");
  return made;
}

} // namespace cordon::seccomp
