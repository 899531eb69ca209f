// The rows. Numbers: arch/x86/entry/syscalls/syscall_64.tbl and
// scripts/syscall.tbl of Linux 6.18.
#include "core/syscall/table.hpp"

#include <algorithm>
#include <cerrno>

namespace cordon::syscall {
namespace {

using enum treatment;
constexpr auto none = cordon::syscall::group::none;
constexpr auto metadata = cordon::syscall::group::metadata;
constexpr auto sysv_ipc = cordon::syscall::group::sysv_ipc;
constexpr auto unix_datagram = cordon::syscall::group::unix_datagram;

// clang-format off
constexpr row table[] = {
  // name, {x86_64, aarch64}, treatment, errno, group, why
  {"read", {0, 63}, allow, 0, none, ""},
  {"write", {1, 64}, allow, 0, none, ""},
  {"open", {2, absent}, allow, 0, none, ""},
  {"close", {3, 57}, allow, 0, none, ""},
  {"stat", {4, absent}, allow, 0, none, ""},
  {"fstat", {5, 80}, allow, 0, none, ""},
  {"lstat", {6, absent}, allow, 0, none, ""},
  {"poll", {7, absent}, allow, 0, none, ""},
  {"lseek", {8, 62}, allow, 0, none, ""},
  {"mmap", {9, 222}, allow, 0, none, ""},
  {"mprotect", {10, 226}, allow, 0, none, ""},
  {"munmap", {11, 215}, allow, 0, none, ""},
  {"brk", {12, 214}, allow, 0, none, ""},
  {"rt_sigaction", {13, 134}, allow, 0, none, ""},
  {"rt_sigprocmask", {14, 135}, allow, 0, none, ""},
  {"rt_sigreturn", {15, 139}, allow, 0, none, ""},
  {"ioctl", {16, 29}, check, EPERM, none, "no terminal injection, namespace fds, interface lists; inode flags are carried out by the supervisor under the write rule, refused without one"},
  {"pread64", {17, 67}, allow, 0, none, ""},
  {"pwrite64", {18, 68}, allow, 0, none, ""},
  {"readv", {19, 65}, allow, 0, none, ""},
  {"writev", {20, 66}, allow, 0, none, ""},
  {"access", {21, absent}, allow, 0, none, ""},
  {"pipe", {22, absent}, allow, 0, none, ""},
  {"select", {23, absent}, allow, 0, none, ""},
  {"sched_yield", {24, 124}, allow, 0, none, ""},
  {"mremap", {25, 216}, allow, 0, none, ""},
  {"msync", {26, 227}, allow, 0, none, ""},
  {"mincore", {27, 232}, allow, 0, none, ""},
  {"madvise", {28, 233}, allow, 0, none, ""},
  {"shmget", {29, 194}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"shmat", {30, 196}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"shmctl", {31, 195}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"dup", {32, 23}, allow, 0, none, ""},
  {"dup2", {33, absent}, allow, 0, none, ""},
  {"pause", {34, absent}, allow, 0, none, ""},
  {"nanosleep", {35, 101}, allow, 0, none, ""},
  {"getitimer", {36, 102}, allow, 0, none, ""},
  {"alarm", {37, absent}, allow, 0, none, ""},
  {"setitimer", {38, 103}, allow, 0, none, ""},
  {"getpid", {39, 172}, allow, 0, none, ""},
  {"sendfile", {40, 71}, allow, 0, none, ""},
  {"socket", {41, 198}, check, EPERM, none, "AF_UNIX and TCP streams only; AF_UNIX datagrams with group unix_datagram"},
  {"connect", {42, 203}, policy, EACCES, none, "carried out by the supervisor: to granted ports, socket files under a write grant, abstract names in scope; without one only with granted ports"},
  {"accept", {43, 202}, allow, 0, none, ""},
  {"sendto", {44, 206}, check, EACCES, none, "no MSG_FASTOPEN, no destination address; with group unix_datagram the supervisor sends: to socket files under a write grant, abstract names in scope"},
  {"recvfrom", {45, 207}, allow, 0, none, ""},
  {"sendmsg", {46, 211}, check, EOPNOTSUPP, none, "no MSG_FASTOPEN; with group unix_datagram the supervisor sends"},
  {"recvmsg", {47, 212}, allow, 0, none, ""},
  {"shutdown", {48, 210}, allow, 0, none, ""},
  {"bind", {49, 200}, policy, EACCES, none, "by Landlock; in a view socket files are made by the supervisor"},
  {"listen", {50, 201}, policy, EACCES, none, "carried out by the supervisor: on AF_UNIX, and on bound TCP sockets with granted ports; without one only with granted ports"},
  {"getsockname", {51, 204}, policy, EPERM, none, "in a view the supervisor says what the socket was called there"},
  {"getpeername", {52, 205}, policy, EPERM, none, "in a view the supervisor says what the peer was called there"},
  {"socketpair", {53, 199}, check, EPERM, none, "AF_UNIX only; datagrams with group unix_datagram"},
  {"setsockopt", {54, 208}, check, EPERM, none, "no source routing, device binding, deferred connects"},
  {"getsockopt", {55, 209}, check, EPERM, none, "SCTP can connect through it"},
  {"clone", {56, 220}, check, EPERM, none, "no new namespaces"},
  {"fork", {57, absent}, policy, EAGAIN, none, "counted with --max-processes"},
  {"vfork", {58, absent}, policy, EAGAIN, none, "counted with --max-processes"},
  {"execve", {59, 221}, allow, 0, none, ""},
  {"exit", {60, 93}, allow, 0, none, ""},
  {"wait4", {61, 260}, allow, 0, none, ""},
  {"kill", {62, 129}, policy, EPERM, none, "the signal scope keeps it inside; below Landlock ABI 6 the supervisor sends it, within the sandbox"},
  {"uname", {63, 160}, allow, 0, none, ""},
  {"semget", {64, 190}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"semop", {65, 193}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"semctl", {66, 191}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"shmdt", {67, 197}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"msgget", {68, 186}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"msgsnd", {69, 189}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"msgrcv", {70, 188}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"msgctl", {71, 187}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"fcntl", {72, 25}, check, EAGAIN, none, "no leases and directory notifications: they stall outsiders"},
  {"flock", {73, 32}, allow, 0, none, ""},
  {"fsync", {74, 82}, allow, 0, none, ""},
  {"fdatasync", {75, 83}, allow, 0, none, ""},
  {"truncate", {76, 45}, policy, EPERM, none, "refused where Landlock cannot check it (ABI < 3)"},
  {"ftruncate", {77, 46}, allow, 0, none, ""},
  {"getdents", {78, absent}, allow, 0, none, ""},
  {"getcwd", {79, 17}, allow, 0, none, ""},
  {"chdir", {80, 49}, allow, 0, none, ""},
  {"fchdir", {81, 50}, allow, 0, none, ""},
  {"rename", {82, absent}, allow, 0, none, ""},
  {"mkdir", {83, absent}, allow, 0, none, ""},
  {"rmdir", {84, absent}, allow, 0, none, ""},
  {"creat", {85, absent}, allow, 0, none, ""},
  {"link", {86, absent}, allow, 0, none, ""},
  {"unlink", {87, absent}, allow, 0, none, ""},
  {"symlink", {88, absent}, allow, 0, none, ""},
  {"readlink", {89, absent}, allow, 0, none, ""},
  {"chmod", {90, absent}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"fchmod", {91, 52}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"chown", {92, absent}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"fchown", {93, 55}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"lchown", {94, absent}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"umask", {95, 166}, allow, 0, none, ""},
  {"gettimeofday", {96, 169}, allow, 0, none, ""},
  {"getrlimit", {97, 163}, allow, 0, none, ""},
  {"getrusage", {98, 165}, allow, 0, none, ""},
  {"sysinfo", {99, 179}, allow, 0, none, ""},
  {"times", {100, 153}, allow, 0, none, ""},
  {"ptrace", {101, 117}, policy, EPERM, none, "inside the sandbox; the keeper makes room for a tracer"},
  {"getuid", {102, 174}, allow, 0, none, ""},
  {"syslog", {103, 116}, deny, EPERM, none, "host-wide"},
  {"getgid", {104, 176}, allow, 0, none, ""},
  {"setuid", {105, 146}, allow, 0, none, ""},
  {"setgid", {106, 144}, allow, 0, none, ""},
  {"geteuid", {107, 175}, allow, 0, none, ""},
  {"getegid", {108, 177}, allow, 0, none, ""},
  {"setpgid", {109, 154}, allow, 0, none, ""},
  {"getppid", {110, 173}, allow, 0, none, ""},
  {"getpgrp", {111, absent}, allow, 0, none, ""},
  {"setsid", {112, 157}, allow, 0, none, ""},
  {"setreuid", {113, 145}, allow, 0, none, ""},
  {"setregid", {114, 143}, allow, 0, none, ""},
  {"getgroups", {115, 158}, allow, 0, none, ""},
  {"setgroups", {116, 159}, deny, EPERM, none, "dropping groups can gain access"},
  {"setresuid", {117, 147}, allow, 0, none, ""},
  {"getresuid", {118, 148}, allow, 0, none, ""},
  {"setresgid", {119, 149}, allow, 0, none, ""},
  {"getresgid", {120, 150}, allow, 0, none, ""},
  {"getpgid", {121, 155}, allow, 0, none, ""},
  {"setfsuid", {122, 151}, allow, 0, none, ""},
  {"setfsgid", {123, 152}, allow, 0, none, ""},
  {"getsid", {124, 156}, allow, 0, none, ""},
  {"capget", {125, 90}, allow, 0, none, ""},
  {"capset", {126, 91}, allow, 0, none, ""},
  {"rt_sigpending", {127, 136}, allow, 0, none, ""},
  {"rt_sigtimedwait", {128, 137}, allow, 0, none, ""},
  {"rt_sigqueueinfo", {129, 138}, policy, EPERM, none, "the signal scope keeps it inside; below Landlock ABI 6 the supervisor sends it, within the sandbox"},
  {"rt_sigsuspend", {130, 133}, allow, 0, none, ""},
  {"sigaltstack", {131, 132}, allow, 0, none, ""},
  {"utime", {132, absent}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"mknod", {133, absent}, allow, 0, none, ""},
  {"uselib", {134, absent}, deny, ENOSYS, none, "obsolete"},
  {"personality", {135, 92}, check, EPERM, none, "no executable-stack or legacy layouts"},
  {"ustat", {136, absent}, deny, ENOSYS, none, "obsolete"},
  {"statfs", {137, 43}, allow, 0, none, ""},
  {"fstatfs", {138, 44}, allow, 0, none, ""},
  {"sysfs", {139, absent}, allow, 0, none, ""},
  {"getpriority", {140, 141}, allow, 0, none, ""},
  {"setpriority", {141, 140}, policy, EPERM, none, "priority of others: carried out by the supervisor within the sandbox, refused without one"},
  {"sched_setparam", {142, 118}, policy, EPERM, none, "scheduling of others: carried out by the supervisor within the sandbox, refused without one"},
  {"sched_getparam", {143, 121}, allow, 0, none, ""},
  {"sched_setscheduler", {144, 119}, policy, EPERM, none, "scheduling of others: carried out by the supervisor within the sandbox, refused without one"},
  {"sched_getscheduler", {145, 120}, allow, 0, none, ""},
  {"sched_get_priority_max", {146, 125}, allow, 0, none, ""},
  {"sched_get_priority_min", {147, 126}, allow, 0, none, ""},
  {"sched_rr_get_interval", {148, 127}, allow, 0, none, ""},
  {"mlock", {149, 228}, allow, 0, none, ""},
  {"munlock", {150, 229}, allow, 0, none, ""},
  {"mlockall", {151, 230}, allow, 0, none, ""},
  {"munlockall", {152, 231}, allow, 0, none, ""},
  {"vhangup", {153, 58}, deny, EPERM, none, "host-wide"},
  {"modify_ldt", {154, absent}, deny, ENOSYS, none, "16-bit segments; kernel attack surface"},
  {"pivot_root", {155, 41}, deny, EPERM, none, "changes what paths mean"},
  {"_sysctl", {156, absent}, deny, ENOSYS, none, "obsolete"},
  {"prctl", {157, 167}, check, EPERM, none, "a few privileged or host-wide options are refused"},
  {"arch_prctl", {158, absent}, allow, 0, none, ""},
  {"adjtimex", {159, 171}, allow, 0, none, ""},
  {"setrlimit", {160, 164}, allow, 0, none, ""},
  {"chroot", {161, 51}, deny, EPERM, none, "changes what paths mean"},
  {"sync", {162, 81}, allow, 0, none, ""},
  {"acct", {163, 89}, deny, EPERM, none, "host-wide"},
  {"settimeofday", {164, 170}, deny, EPERM, none, "sets the host clock"},
  {"mount", {165, 40}, deny, EPERM, none, "changes mounts"},
  {"umount2", {166, 39}, deny, EPERM, none, "changes mounts"},
  {"swapon", {167, 224}, deny, EPERM, none, "host-wide"},
  {"swapoff", {168, 225}, deny, EPERM, none, "host-wide"},
  {"reboot", {169, 142}, deny, EPERM, none, "host-wide"},
  {"sethostname", {170, 161}, deny, EPERM, none, "host-wide"},
  {"setdomainname", {171, 162}, deny, EPERM, none, "host-wide"},
  {"iopl", {172, absent}, deny, EPERM, none, "raw I/O ports"},
  {"ioperm", {173, absent}, deny, EPERM, none, "raw I/O ports"},
  {"create_module", {174, absent}, deny, ENOSYS, none, "obsolete"},
  {"init_module", {175, 105}, deny, EPERM, none, "loads kernel code"},
  {"delete_module", {176, 106}, deny, EPERM, none, "loads kernel code"},
  {"get_kernel_syms", {177, absent}, deny, ENOSYS, none, "obsolete"},
  {"query_module", {178, absent}, deny, ENOSYS, none, "obsolete"},
  {"quotactl", {179, 60}, deny, ENOSYS, none, "host-wide quotas"},
  {"nfsservctl", {180, 42}, deny, ENOSYS, none, "obsolete"},
  {"getpmsg", {181, absent}, deny, ENOSYS, none, "obsolete"},
  {"putpmsg", {182, absent}, deny, ENOSYS, none, "obsolete"},
  {"afs_syscall", {183, absent}, deny, ENOSYS, none, "obsolete"},
  {"tuxcall", {184, absent}, deny, ENOSYS, none, "obsolete"},
  {"security", {185, absent}, deny, ENOSYS, none, "obsolete"},
  {"gettid", {186, 178}, allow, 0, none, ""},
  {"readahead", {187, 213}, allow, 0, none, ""},
  {"setxattr", {188, 5}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"lsetxattr", {189, 6}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"fsetxattr", {190, 7}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"getxattr", {191, 8}, allow, 0, none, ""},
  {"lgetxattr", {192, 9}, allow, 0, none, ""},
  {"fgetxattr", {193, 10}, allow, 0, none, ""},
  {"listxattr", {194, 11}, allow, 0, none, ""},
  {"llistxattr", {195, 12}, allow, 0, none, ""},
  {"flistxattr", {196, 13}, allow, 0, none, ""},
  {"removexattr", {197, 14}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"lremovexattr", {198, 15}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"fremovexattr", {199, 16}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"tkill", {200, 130}, policy, EPERM, none, "the signal scope keeps it inside; below Landlock ABI 6 the supervisor sends it, within the sandbox"},
  {"time", {201, absent}, allow, 0, none, ""},
  {"futex", {202, 98}, allow, 0, none, ""},
  {"sched_setaffinity", {203, 122}, policy, EPERM, none, "scheduling of others: carried out by the supervisor within the sandbox, refused without one"},
  {"sched_getaffinity", {204, 123}, allow, 0, none, ""},
  {"set_thread_area", {205, absent}, deny, ENOSYS, none, "obsolete"},
  {"io_setup", {206, 0}, allow, 0, none, ""},
  {"io_destroy", {207, 1}, allow, 0, none, ""},
  {"io_getevents", {208, 4}, allow, 0, none, ""},
  {"io_submit", {209, 2}, allow, 0, none, ""},
  {"io_cancel", {210, 3}, allow, 0, none, ""},
  {"get_thread_area", {211, absent}, deny, ENOSYS, none, "obsolete"},
  {"lookup_dcookie", {212, 18}, deny, ENOSYS, none, "obsolete"},
  {"epoll_create", {213, absent}, allow, 0, none, ""},
  {"epoll_ctl_old", {214, absent}, deny, ENOSYS, none, "obsolete"},
  {"epoll_wait_old", {215, absent}, deny, ENOSYS, none, "obsolete"},
  {"remap_file_pages", {216, 234}, allow, 0, none, ""},
  {"getdents64", {217, 61}, allow, 0, none, ""},
  {"set_tid_address", {218, 96}, allow, 0, none, ""},
  {"restart_syscall", {219, 128}, allow, 0, none, ""},
  {"semtimedop", {220, 192}, treatment::group, EPERM, sysv_ipc, "System V ids and keys are host-wide"},
  {"fadvise64", {221, 223}, allow, 0, none, ""},
  {"timer_create", {222, 107}, allow, 0, none, ""},
  {"timer_settime", {223, 110}, allow, 0, none, ""},
  {"timer_gettime", {224, 108}, allow, 0, none, ""},
  {"timer_getoverrun", {225, 109}, allow, 0, none, ""},
  {"timer_delete", {226, 111}, allow, 0, none, ""},
  {"clock_settime", {227, 112}, deny, EPERM, none, "sets the host clock"},
  {"clock_gettime", {228, 113}, allow, 0, none, ""},
  {"clock_getres", {229, 114}, allow, 0, none, ""},
  {"clock_nanosleep", {230, 115}, allow, 0, none, ""},
  {"exit_group", {231, 94}, allow, 0, none, ""},
  {"epoll_wait", {232, absent}, allow, 0, none, ""},
  {"epoll_ctl", {233, 21}, allow, 0, none, ""},
  {"tgkill", {234, 131}, policy, EPERM, none, "the signal scope keeps it inside; below Landlock ABI 6 the supervisor sends it, within the sandbox"},
  {"utimes", {235, absent}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"vserver", {236, absent}, deny, ENOSYS, none, "obsolete"},
  {"mbind", {237, 235}, allow, 0, none, ""},
  {"set_mempolicy", {238, 237}, allow, 0, none, ""},
  {"get_mempolicy", {239, 236}, allow, 0, none, ""},
  {"mq_open", {240, 180}, deny, ENOSYS, none, "names are host-wide"},
  {"mq_unlink", {241, 181}, deny, ENOSYS, none, "names are host-wide"},
  {"mq_timedsend", {242, 182}, allow, 0, none, ""},
  {"mq_timedreceive", {243, 183}, allow, 0, none, ""},
  {"mq_notify", {244, 184}, allow, 0, none, ""},
  {"mq_getsetattr", {245, 185}, allow, 0, none, ""},
  {"kexec_load", {246, 104}, deny, EPERM, none, "loads kernel code"},
  {"waitid", {247, 95}, allow, 0, none, ""},
  {"add_key", {248, 217}, deny, ENOSYS, none, "keyrings are shared with the host session"},
  {"request_key", {249, 218}, deny, ENOSYS, none, "keyrings are shared with the host session"},
  {"keyctl", {250, 219}, deny, ENOSYS, none, "keyrings are shared with the host session"},
  {"ioprio_set", {251, 30}, policy, EPERM, none, "priority of others: carried out by the supervisor within the sandbox, refused without one"},
  {"ioprio_get", {252, 31}, allow, 0, none, ""},
  {"inotify_init", {253, absent}, allow, 0, none, ""},
  {"inotify_add_watch", {254, 27}, allow, 0, none, ""},
  {"inotify_rm_watch", {255, 28}, allow, 0, none, ""},
  {"migrate_pages", {256, 238}, check, EPERM, none, "pages of the caller only"},
  {"openat", {257, 56}, allow, 0, none, ""},
  {"mkdirat", {258, 34}, allow, 0, none, ""},
  {"mknodat", {259, 33}, allow, 0, none, ""},
  {"fchownat", {260, 54}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"futimesat", {261, absent}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"newfstatat", {262, 79}, allow, 0, none, ""},
  {"unlinkat", {263, 35}, allow, 0, none, ""},
  {"renameat", {264, 38}, allow, 0, none, ""},
  {"linkat", {265, 37}, allow, 0, none, ""},
  {"symlinkat", {266, 36}, allow, 0, none, ""},
  {"readlinkat", {267, 78}, allow, 0, none, ""},
  {"fchmodat", {268, 53}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"faccessat", {269, 48}, allow, 0, none, ""},
  {"pselect6", {270, 72}, allow, 0, none, ""},
  {"ppoll", {271, 73}, allow, 0, none, ""},
  {"unshare", {272, 97}, check, EPERM, none, "no new namespaces"},
  {"set_robust_list", {273, 99}, allow, 0, none, ""},
  {"get_robust_list", {274, 100}, allow, 0, none, ""},
  {"splice", {275, 76}, allow, 0, none, ""},
  {"tee", {276, 77}, allow, 0, none, ""},
  {"sync_file_range", {277, 84}, allow, 0, none, ""},
  {"vmsplice", {278, 75}, allow, 0, none, ""},
  {"move_pages", {279, 239}, check, EPERM, none, "pages of the caller only"},
  {"utimensat", {280, 88}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"epoll_pwait", {281, 22}, allow, 0, none, ""},
  {"signalfd", {282, absent}, allow, 0, none, ""},
  {"timerfd_create", {283, 85}, allow, 0, none, ""},
  {"eventfd", {284, absent}, allow, 0, none, ""},
  {"fallocate", {285, 47}, allow, 0, none, ""},
  {"timerfd_settime", {286, 86}, allow, 0, none, ""},
  {"timerfd_gettime", {287, 87}, allow, 0, none, ""},
  {"accept4", {288, 242}, allow, 0, none, ""},
  {"signalfd4", {289, 74}, allow, 0, none, ""},
  {"eventfd2", {290, 19}, allow, 0, none, ""},
  {"epoll_create1", {291, 20}, allow, 0, none, ""},
  {"dup3", {292, 24}, allow, 0, none, ""},
  {"pipe2", {293, 59}, allow, 0, none, ""},
  {"inotify_init1", {294, 26}, allow, 0, none, ""},
  {"preadv", {295, 69}, allow, 0, none, ""},
  {"pwritev", {296, 70}, allow, 0, none, ""},
  {"rt_tgsigqueueinfo", {297, 240}, policy, EPERM, none, "the signal scope keeps it inside; below Landlock ABI 6 the supervisor sends it, within the sandbox"},
  {"perf_event_open", {298, 241}, deny, EACCES, none, "kernel attack surface, side channels"},
  {"recvmmsg", {299, 243}, allow, 0, none, ""},
  {"fanotify_init", {300, 262}, deny, EPERM, none, "watches files past every path rule"},
  {"fanotify_mark", {301, 263}, deny, EPERM, none, "watches files past every path rule"},
  {"prlimit64", {302, 261}, policy, EPERM, none, "limits of others: carried out by the supervisor within the sandbox, refused without one"},
  {"name_to_handle_at", {303, 264}, deny, EOPNOTSUPP, none, "discloses host inode handles and mount ids"},
  {"open_by_handle_at", {304, 265}, deny, EPERM, none, "opens by inode, past every path rule"},
  {"clock_adjtime", {305, 266}, allow, 0, none, ""},
  {"syncfs", {306, 267}, allow, 0, none, ""},
  {"sendmmsg", {307, 269}, check, EOPNOTSUPP, none, "no MSG_FASTOPEN; with group unix_datagram the supervisor sends"},
  {"setns", {308, 268}, deny, EPERM, none, "enters namespaces"},
  {"getcpu", {309, 168}, allow, 0, none, ""},
  {"process_vm_readv", {310, 270}, allow, 0, none, ""},
  {"process_vm_writev", {311, 271}, allow, 0, none, ""},
  {"kcmp", {312, 272}, allow, 0, none, ""},
  {"finit_module", {313, 273}, deny, EPERM, none, "loads kernel code"},
  {"sched_setattr", {314, 274}, policy, EPERM, none, "scheduling of others: carried out by the supervisor within the sandbox, refused without one"},
  {"sched_getattr", {315, 275}, allow, 0, none, ""},
  {"renameat2", {316, 276}, allow, 0, none, ""},
  {"seccomp", {317, 277}, policy, EBUSY, none, "no second listener in a supervised run"},
  {"getrandom", {318, 278}, allow, 0, none, ""},
  {"memfd_create", {319, 279}, allow, 0, none, ""},
  {"kexec_file_load", {320, 294}, deny, EPERM, none, "loads kernel code"},
  {"bpf", {321, 280}, deny, EPERM, none, "kernel attack surface"},
  {"execveat", {322, 281}, allow, 0, none, ""},
  {"userfaultfd", {323, 282}, deny, ENOSYS, none, "lets a program stall readers of its memory"},
  {"membarrier", {324, 283}, allow, 0, none, ""},
  {"mlock2", {325, 284}, allow, 0, none, ""},
  {"copy_file_range", {326, 285}, allow, 0, none, ""},
  {"preadv2", {327, 286}, allow, 0, none, ""},
  {"pwritev2", {328, 287}, allow, 0, none, ""},
  {"pkey_mprotect", {329, 288}, allow, 0, none, ""},
  {"pkey_alloc", {330, 289}, allow, 0, none, ""},
  {"pkey_free", {331, 290}, allow, 0, none, ""},
  {"statx", {332, 291}, allow, 0, none, ""},
  {"io_pgetevents", {333, 292}, allow, 0, none, ""},
  {"rseq", {334, 293}, allow, 0, none, ""},
  {"uretprobe", {335, absent}, unfilterable, 0, none, "the kernel exempts it; without a probe it only raises SIGILL"},
  {"uprobe", {336, absent}, unfilterable, 0, none, "the kernel exempts it; outside a probe it only fails with ENXIO"},
  {"pidfd_send_signal", {424, 424}, policy, EPERM, none, "the signal scope keeps it inside; below Landlock ABI 6 the supervisor sends it, within the sandbox"},
  {"io_uring_setup", {425, 425}, deny, ENOSYS, none, "ring operations never pass a filter; libraries fall back"},
  {"io_uring_enter", {426, 426}, deny, ENOSYS, none, "ring operations never pass a filter; libraries fall back"},
  {"io_uring_register", {427, 427}, deny, ENOSYS, none, "ring operations never pass a filter; libraries fall back"},
  {"open_tree", {428, 428}, deny, EPERM, none, "an O_PATH open that Landlock does not see; or clones a mount"},
  {"move_mount", {429, 429}, deny, EPERM, none, "changes mounts"},
  {"fsopen", {430, 430}, deny, EPERM, none, "changes mounts"},
  {"fsconfig", {431, 431}, deny, EPERM, none, "changes mounts"},
  {"fsmount", {432, 432}, deny, EPERM, none, "changes mounts"},
  {"fspick", {433, 433}, deny, EPERM, none, "changes mounts"},
  {"pidfd_open", {434, 434}, allow, 0, none, ""},
  {"clone3", {435, 435}, deny, ENOSYS, none, "its flags are in memory, where no filter sees them; libc falls back to clone"},
  {"close_range", {436, 436}, allow, 0, none, ""},
  {"openat2", {437, 437}, allow, 0, none, ""},
  {"pidfd_getfd", {438, 438}, allow, 0, none, ""},
  {"faccessat2", {439, 439}, allow, 0, none, ""},
  {"process_madvise", {440, 440}, allow, 0, none, ""},
  {"epoll_pwait2", {441, 441}, allow, 0, none, ""},
  {"mount_setattr", {442, 442}, deny, EPERM, none, "changes mounts"},
  {"quotactl_fd", {443, 443}, deny, ENOSYS, none, "host-wide quotas"},
  {"landlock_create_ruleset", {444, 444}, allow, 0, none, ""},
  {"landlock_add_rule", {445, 445}, allow, 0, none, ""},
  {"landlock_restrict_self", {446, 446}, allow, 0, none, ""},
  {"memfd_secret", {447, 447}, allow, 0, none, ""},
  {"process_mrelease", {448, 448}, allow, 0, none, ""},
  {"futex_waitv", {449, 449}, allow, 0, none, ""},
  {"set_mempolicy_home_node", {450, 450}, allow, 0, none, ""},
  {"cachestat", {451, 451}, allow, 0, none, ""},
  {"fchmodat2", {452, 452}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"map_shadow_stack", {453, 453}, allow, 0, none, ""},
  {"futex_wake", {454, 454}, allow, 0, none, ""},
  {"futex_wait", {455, 455}, allow, 0, none, ""},
  {"futex_requeue", {456, 456}, allow, 0, none, ""},
  {"statmount", {457, 457}, deny, EPERM, none, "discloses the host mount table"},
  {"listmount", {458, 458}, deny, EPERM, none, "discloses the host mount table"},
  {"lsm_get_self_attr", {459, 459}, allow, 0, none, ""},
  {"lsm_set_self_attr", {460, 460}, deny, EPERM, none, "changes the security attributes of exec"},
  {"lsm_list_modules", {461, 461}, allow, 0, none, ""},
  {"mseal", {462, 462}, allow, 0, none, ""},
  {"setxattrat", {463, 463}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"getxattrat", {464, 464}, allow, 0, none, ""},
  {"listxattrat", {465, 465}, allow, 0, none, ""},
  {"removexattrat", {466, 466}, treatment::group, EPERM, metadata, "Landlock does not see it: carried out by the supervisor under the write rule, refused without one"},
  {"open_tree_attr", {467, 467}, deny, ENOSYS, none, "as open_tree"},
  {"file_getattr", {468, 468}, allow, 0, none, ""},
  {"file_setattr", {469, 469}, group, EOPNOTSUPP, metadata, "changes inode flags through any fd"},
};
// clang-format on

constexpr bool numbers_rise() {
  for (std::size_t i = 1; i < std::size(table); ++i)
    if (table[i - 1].number[0] >= table[i].number[0])
      return false;
  return true;
}
static_assert(numbers_rise(), "rows are in the order of the x86_64 numbers");
static_assert(std::end(table)[-1].number[0] == last_number);

constexpr bool every_row_says_why() {
  for (const auto& r : table)
    if (r.what != allow && r.why.empty())
      return false;
  return true;
}
static_assert(every_row_says_why());

} // namespace

std::span<const row> rows() noexcept {
  return table;
}

const row* find(std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, &row::name);
  return found == std::end(table) ? nullptr : found;
}

const row* find(arch a, int number) noexcept {
  if (number < 0)
    return nullptr;
  const auto found = std::ranges::find_if(
      table, [=](const row& r) { return r.number_on(a) == number; });
  return found == std::end(table) ? nullptr : found;
}

std::string_view name_of(treatment what) noexcept {
  switch (what) {
  case allow:
    return "allow";
  case deny:
    return "deny";
  case check:
    return "check";
  case treatment::group:
    return "group";
  case policy:
    return "policy";
  case unfilterable:
    return "unfilterable";
  }
  return "";
}

std::string_view name_of(enum group members) noexcept {
  switch (members) {
  case none:
    return "";
  case metadata:
    return "metadata";
  case sysv_ipc:
    return "sysv_ipc";
  case unix_datagram:
    return "unix_datagram";
  }
  return "";
}

enum group find_group(std::string_view name) noexcept {
  for (const auto g : {metadata, sysv_ipc, unix_datagram})
    if (name == name_of(g))
      return g;
  return none;
}

} // namespace cordon::syscall
