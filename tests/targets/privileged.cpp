// Calls that reach into the kernel as a whole. The arguments make each fail
// harmlessly even for root, with an errno that a refusal never gives.
//
// pid=OUTSIDER
#include "tests/targets/probe.hpp"

#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/time.h>
#include <time.h>

using namespace probe;

namespace {

constexpr const char* nowhere = "/nonexistent/cordon";

void files() {
  report("uselib", call(SYS_uselib, nowhere));
  report("acct", call(SYS_acct, nowhere));
  report("swapon", call(SYS_swapon, nowhere, 0));
  report("swapoff", call(SYS_swapoff, nowhere));
  // Q_GETFMT of user quotas.
  report("quotactl", call(SYS_quotactl, 0x80000400, nowhere, 0, nullptr));
  report("quotactl_fd", call(SYS_quotactl_fd, -1, 0x80000400, 0, nullptr));
}

void bpf_calls() {
  bpf_attr attributes{};
  attributes.pathname = static_cast<std::uint64_t>(word("/sys/fs/bpf/none"));
  report("bpf_obj_get",
         call(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof attributes));
}

long perf(long pid) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return call(SYS_perf_event_open, &attributes, pid, -1, -1, 0);
}

void watching(int outsider) {
  report("perf_self", perf(0));
  report("perf_outsider", perf(outsider));
  report("userfaultfd", call(SYS_userfaultfd, O_CLOEXEC));
  report("userfaultfd_user_mode", call(SYS_userfaultfd, O_CLOEXEC | 1));
  report("syslog", call(SYS_syslog, 10, nullptr, 0));
}

void keys() {
  in_child("keyctl", [] {
    return call(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  });
  in_child("add_key", [] {
    return call(SYS_add_key, "user", "cordon-test", "x", 1,
                KEY_SPEC_PROCESS_KEYRING);
  });
  in_child("request_key", [] {
    return call(SYS_request_key, "user", "cordon-test-none", nullptr,
                KEY_SPEC_PROCESS_KEYRING);
  });
}

void modules_and_kernels() {
  report("kexec_load", call(SYS_kexec_load, 0, 9999, nullptr, 0));
  report("kexec_file_load",
         call(SYS_kexec_file_load, -1, -1, 0, nullptr, 0xFFFF));
  report("init_module", call(SYS_init_module, nullptr, 0, ""));
  report("finit_module", call(SYS_finit_module, -1, "", 0));
  report("delete_module", call(SYS_delete_module, "cordon_none", 0));
  report("reboot", call(SYS_reboot, 0, 0, 0, nullptr));
}

void processor() {
  // Level 0 and switching off need no privilege.
  in_child("iopl", [] { return call(SYS_iopl, 0); });
  in_child("iopl_3", [] { return call(SYS_iopl, 3); });
  in_child("ioperm", [] { return call(SYS_ioperm, 0x80, 1, 0); });
  in_child("modify_ldt", [] {
    char buffer[16];
    return call(SYS_modify_ldt, 0, buffer, sizeof buffer);
  });
}

void clocks_and_names() {
  const auto* bad = reinterpret_cast<const timespec*>(8);
  report("clock_settime", call(SYS_clock_settime, CLOCK_REALTIME, bad));
  report("settimeofday", call(SYS_settimeofday, nullptr, nullptr));
  report("sethostname", call(SYS_sethostname, nullptr, 5));
  report("setdomainname", call(SYS_setdomainname, nullptr, 5));
  // In a session without a terminal there is nothing to hang up.
  in_child("vhangup", [] {
    ::setsid();
    return call(SYS_vhangup);
  });
  report("lsm_set_self_attr", call(nr::lsm_set_self_attr, 0, nullptr, 0, 0));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  files();
  bpf_calls();
  watching(told.number("pid"));
  keys();
  modules_and_kernels();
  processor();
  clocks_and_names();
}
