// container [+CALL…] -- COMMAND…: runs a command as a container engine's
// default profile would have it: no capability, no_new_privs, and a filter that
// refuses with EPERM what such profiles refuse to programs without
// capabilities. +CALL refuses one more.
#include "tests/targets/probe.hpp"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

namespace {

constexpr long pidfd_getfd = 438, open_tree = 428, fsopen = 430, fsmount = 432,
               move_mount = 429, mount_setattr = 442;

const std::vector<long> refused{SYS_unshare,
                                SYS_setns,
                                SYS_mount,
                                SYS_umount2,
                                SYS_pivot_root,
                                SYS_chroot,
                                SYS_bpf,
                                SYS_perf_event_open,
                                SYS_keyctl,
                                SYS_add_key,
                                SYS_request_key,
                                SYS_userfaultfd,
                                SYS_open_by_handle_at,
                                SYS_name_to_handle_at,
                                SYS_fanotify_init,
                                SYS_kexec_load,
                                SYS_init_module,
                                SYS_finit_module,
                                SYS_delete_module,
                                SYS_reboot,
                                SYS_swapon,
                                SYS_swapoff,
                                SYS_acct,
                                SYS_quotactl,
                                SYS_sethostname,
                                SYS_syslog,
                                SYS_settimeofday,
                                SYS_kcmp,
                                SYS_move_pages,
                                SYS_io_uring_setup,
                                pidfd_getfd,
                                open_tree,
                                fsopen,
                                fsmount,
                                move_mount,
                                mount_setattr};

const std::map<std::string_view, long> further{
    {"+ptrace", SYS_ptrace},
    {"+process_vm_readv", SYS_process_vm_readv},
    {"+seccomp", SYS_seccomp}};

/// New namespaces by clone(2), as unshare(2).
constexpr std::uint32_t namespaces = 0x7E020000;

sock_filter load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}

sock_filter answer(std::uint32_t what) {
  return {BPF_RET | BPF_K, 0, 0, what};
}

bool install(const std::vector<long>& numbers) {
  std::vector<sock_filter> code{load(offsetof(seccomp_data, nr))};
  const auto unless = [&](long number, std::uint32_t what) {
    code.push_back(
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number)});
    code.push_back(answer(what));
  };
  for (const long number : numbers)
    unless(number, SECCOMP_RET_ERRNO | EPERM);
  unless(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  code.push_back(
      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, static_cast<std::uint32_t>(SYS_clone)});
  code.push_back(answer(SECCOMP_RET_ALLOW));
  code.push_back(load(offsetof(seccomp_data, args)));
  code.push_back({BPF_JMP | BPF_JSET | BPF_K, 0, 1, namespaces});
  code.push_back(answer(SECCOMP_RET_ERRNO | EPERM));
  code.push_back(answer(SECCOMP_RET_ALLOW));
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// As far as we may: an ordinary user has none and keeps the bounding set.
bool drop_capabilities() {
  for (int each = 0; each <= 63; ++each)
    ::prctl(PR_CAPBSET_DROP, each, 0, 0, 0);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return probe::call(SYS_capset, &head, &none[0]) == 0;
}

} // namespace

int main(int argc, char** argv) {
  std::vector<long> numbers = refused;
  int at = 1;
  for (; at < argc && argv[at][0] == '+'; ++at)
    numbers.push_back(further.at(argv[at]));
  if (at + 1 >= argc || std::string_view(argv[at]) != "--")
    return 98;
  if (!drop_capabilities() || !install(numbers))
    return 97;
  ::execvp(argv[at + 1], argv + at + 1);
  return 96;
}
