// Who the program is, what it may, and whether it can become more.
#include "tests/targets/probe.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

#include <fstream>
#include <string>

using namespace probe;

namespace {

std::string hex(unsigned long value) {
  char text[32];
  std::snprintf(text, sizeof text, "%lx", value);
  return text;
}

struct capability_words {
  std::uint32_t effective, permitted, inheritable;
};

void capabilities() {
  struct {
    std::uint32_t version = 0x20080522;
    int pid = 0;
  } header;
  capability_words words[2] = {};
  report("capget", call(SYS_capget, &header, words));
  say("effective", hex(words[0].effective | words[1].effective));
  say("permitted", hex(words[0].permitted | words[1].permitted));
  say("inheritable", hex(words[0].inheritable | words[1].inheritable));
  int bounding = 0;
  int ambient = 0;
  for (int capability = 0; capability < 64; ++capability) {
    bounding += ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
    ambient += ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0)
               == 1;
  }
  say("bounding", std::to_string(bounding));
  say("ambient", std::to_string(ambient));
}

void process_state() {
  say("securebits",
      hex(static_cast<unsigned long>(::prctl(PR_GET_SECUREBITS, 0, 0, 0, 0))));
  say("no_new_privileges",
      std::to_string(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  say("uid", std::to_string(::getuid()));
  say("effective_uid", std::to_string(::geteuid()));
  say("gid", std::to_string(::getgid()));
  say("secure_start", std::to_string(::getauxval(AT_SECURE)));
}

/// The kernel's own account, where /proc is granted.
void status_file() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    for (const char* key : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
                            "NoNewPrivs", "Seccomp", "Seccomp_filters"})
      if (line.starts_with(std::string(key) + ":"))
        say(key, line.substr(line.find_last_of(" \t") + 1));
}

void becoming_more() {
  const auto other = ::getuid() == 0 ? 65534U : 0U;
  in_child("setuid", [&] { return ::setuid(other); });
  in_child("setresuid", [&] { return ::setresuid(other, other, other); });
  in_child("setgid", [&] { return ::setgid(other); });
  in_child("setgroups", [] {
    const gid_t group = 4;
    return ::setgroups(1, &group);
  });
  in_child("setfsuid", [&] {
    call(SYS_setfsuid, other);
    if (call(SYS_setfsuid, -1) == static_cast<long>(other))
      return 0L;
    errno = EPERM;
    return -1L;
  });
  in_child("capset", [] {
    struct {
      std::uint32_t version = 0x20080522;
      int pid = 0;
    } header;
    const capability_words words[2] = {{1, 1, 0}, {0, 0, 0}};
    return call(SYS_capset, &header, words);
  });
  in_child("unlock_securebits",
           [] { return ::prctl(PR_SET_SECUREBITS, 0, 0, 0, 0); });
}

void dumpable() {
  in_child("set_not_dumpable",
           [] { return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); });
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  say("dumpable", std::to_string(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)));
}

} // namespace

int main() {
  capabilities();
  process_state();
  status_file();
  becoming_more();
  dumpable();
}
