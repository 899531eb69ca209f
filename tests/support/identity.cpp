#include "tests/support/identity.hpp"

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace cordon::test {

const identity& ourselves() {
  static const identity us{::getuid() == 0 ? "root" : "user", ::getuid(),
                           ::getgid()};
  return us;
}

const std::vector<identity>& everybody() {
  static const std::vector<identity> all
      = ourselves().is_root()
            ? std::vector<identity>{ourselves(), {"nobody", 65534, 65534}}
            : std::vector<identity>{ourselves()};
  return all;
}

const identity& unprivileged() {
  return everybody().back();
}

void become(const identity& who) {
  if (who.uid == ::getuid())
    return;
  if (::setgroups(0, nullptr) != 0
      || ::setresgid(who.gid, who.gid, who.gid) != 0
      || ::setresuid(who.uid, who.uid, who.uid) != 0)
    ::_exit(96);
  // The change of uid made us unreadable to our own kind.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

} // namespace cordon::test
