#include "core/seccomp/constant_compiler.hpp"

#include "core/base/unique_fd.hpp"
#include "core/seccomp/assembler.hpp"
#include "core/syscall/table.hpp"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace cordon::seccomp {
namespace {

using context = std::unique_ptr<void, decltype(&seccomp_release)>;

/// What libseccomp answers for a row. Calls with argument rules never get
/// here: the block in front has answered.
std::uint32_t table_action(const syscall::row& r) {
  if (r.what == syscall::treatment::deny)
    return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(r.error));
  return SCMP_ACT_ALLOW;
}

/// The answer for a number: its row's, and ENOSYS when it has none.
std::uint32_t number_action(int number) {
  const auto* const row = syscall::find(syscall::native, number);
  return row == nullptr ? SCMP_ACT_ERRNO(ENOSYS) : table_action(*row);
}

/// Numbers without a row in a place, and where they end.
struct gap {
  int first;
  int end;
};

/// Runs of unknown numbers that a comparison of ranges is shorter for. The
/// last one has no end.
std::vector<gap> find_gaps() {
  constexpr int worth_it = 4;
  std::vector<gap> gaps;
  for (int number = 0; number <= syscall::last_number; ++number) {
    const int first = number;
    while (number <= syscall::last_number
           && syscall::find(syscall::native, number) == nullptr)
      ++number;
    if (number - first >= worth_it)
      gaps.push_back({first, number});
  }
  return gaps;
}

bool is_in_gap(std::span<const gap> gaps, int number) {
  return std::ranges::any_of(
      gaps, [&](const gap& g) { return g.first <= number && number < g.end; });
}

/// Only what is refused has a rule: most numbers are allowed, and a shorter
/// filter is installed faster.
result<void> add_rows(scmp_filter_ctx ctx, std::span<const gap> gaps) {
  for (int number = 0; number <= syscall::last_number; ++number) {
    const auto action = number_action(number);
    // libseccomp refuses a rule that says the same as the default.
    if (action == SCMP_ACT_ALLOW || is_in_gap(gaps, number))
      continue;
    if (const int error = seccomp_rule_add_exact(ctx, action, number, 0);
        error != 0)
      return fail(-error, "add a number to the filter", std::to_string(number));
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

/// The table of numbers 0…last_number outside `gaps`.
result<program> compile_numbers(std::span<const gap> gaps) {
  const context ctx{seccomp_init(SCMP_ACT_ALLOW), &seccomp_release};
  if (!ctx)
    return fail(ENOMEM, "start a filter");
  // 2: a binary tree over the numbers instead of a list.
  if (seccomp_attr_set(ctx.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0
      || seccomp_attr_set(ctx.get(), SCMP_FLTATR_ACT_BADARCH,
                          SCMP_ACT_ERRNO(ENOSYS))
             != 0)
    return fail(EINVAL, "configure the filter");
  if (const auto added = add_rows(ctx.get(), gaps); !added)
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
  std::vector<block> blocks;
  for (const auto& rules : syscall::constant_rules()) {
    const auto* row = syscall::find(rules.syscall);
    if (row == nullptr)
      return fail(EINVAL, "find the system call", std::string(rules.syscall));
    if (const int number = row->number_on(syscall::native);
        number != syscall::absent)
      blocks.push_back(rules_block(number, rules));
  }
  const auto gaps = find_gaps();
  auto numbers = compile_numbers(gaps);
  if (!numbers)
    return numbers;
  program made;
  append_prologue(made, syscall::audit_arch(syscall::native));
  for (const auto& unknown : gaps)
    append_range(made, unknown.first, unknown.end, action_of(ENOSYS));
  append_range(made, syscall::last_number + 1, no_end, action_of(ENOSYS));
  append_dispatch(made, std::move(blocks));
  // Jumps are relative, so one program can follow the other.
  made.insert(made.end(), numbers->begin(), numbers->end());
  if (made.size() > BPF_MAXINSNS)
    return fail(E2BIG, "compile the constant filter");
  return made;
}

} // namespace cordon::seccomp
