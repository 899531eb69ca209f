#include "core/syscall/never_trapped.hpp"

#include <algorithm>

namespace cordon::syscall {
namespace {

struct row {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view data = "moves data: on every program's hot path";
constexpr std::string_view waits = "waits for others, who may need an answer";
constexpr std::string_view ends = "must not fail, nor be waited for at the end";
constexpr std::string_view memory = "gives memory back, also when all is lost";
constexpr std::string_view signals = "is part of how signals are handled";
constexpr std::string_view locks = "is how threads wait for each other";

constexpr row table[] = {
    {"read", data},
    {"write", data},
    {"readv", data},
    {"writev", data},
    {"pread64", data},
    {"pwrite64", data},
    {"preadv", data},
    {"pwritev", data},
    {"preadv2", data},
    {"pwritev2", data},
    {"recvfrom", data},
    {"recvmsg", data},
    {"recvmmsg", data},
    {"close", ends},
    {"exit", ends},
    {"exit_group", ends},
    {"wait4", waits},
    {"waitid", waits},
    {"poll", waits},
    {"ppoll", waits},
    {"select", waits},
    {"pselect6", waits},
    {"epoll_wait", waits},
    {"epoll_pwait", waits},
    {"epoll_pwait2", waits},
    {"munmap", memory},
    {"futex", locks},
    {"futex_wait", locks},
    {"futex_wake", locks},
    {"futex_requeue", locks},
    {"futex_waitv", locks},
    {"set_robust_list", locks},
    {"rt_sigaction", signals},
    {"rt_sigprocmask", signals},
    {"rt_sigreturn", signals},
    {"rt_sigpending", signals},
    {"rt_sigsuspend", signals},
    {"rt_sigtimedwait", signals},
    {"rt_sigqueueinfo", signals},
    {"rt_tgsigqueueinfo", signals},
    {"sigaltstack", signals},
    {"restart_syscall", signals},
};

} // namespace

std::string_view why_never_trapped(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(table, name, &row::name);
  return found == std::end(table) ? std::string_view{} : found->why;
}

} // namespace cordon::syscall
