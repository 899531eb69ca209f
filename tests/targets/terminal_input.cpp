// Putting words into the terminal that the program was started from: run with
// the terminal as standard input.
#include "tests/targets/probe.hpp"

#include <sys/ioctl.h>
#include <termios.h>

#include <string>

using namespace probe;

namespace {

constexpr unsigned long bit_40 = 1UL << 40;

void inject(const std::string& way, int fd) {
  report(way + "_sti", call(SYS_ioctl, fd, TIOCSTI, "x"));
  report(way + "_sti_wide", call(SYS_ioctl, fd, TIOCSTI | bit_40, "x"));
  // TIOCL_PASTESEL: pastes what a virtual console has selected.
  report(way + "_linux", call(SYS_ioctl, fd, TIOCLINUX, "\3"));
  report(way + "_linux_wide", call(SYS_ioctl, fd, TIOCLINUX | bit_40, "\3"));
  const int discipline = 0;
  report(way + "_setd", call(SYS_ioctl, fd, TIOCSETD, &discipline));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  // What is put in shall not show up in what we say.
  termios modes{};
  report("get_modes", ::tcgetattr(STDIN_FILENO, &modes));
  modes.c_lflag &= static_cast<tcflag_t>(~ECHO);
  report("set_modes", ::tcsetattr(STDIN_FILENO, TCSANOW, &modes));
  inject("inherited", STDIN_FILENO);
  inject("duplicate", ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100));
  inject("dev_tty", ::open("/dev/tty", O_RDWR | O_CLOEXEC));
  inject("proc_fd", ::open("/proc/self/fd/0", O_RDWR | O_CLOEXEC));
  // Outside it would take the console away from its owner.
  if (told.has("confined"))
    report("inherited_cons", call(SYS_ioctl, STDIN_FILENO, TIOCCONS, 0));

  winsize size{};
  report("get_size", ::ioctl(STDIN_FILENO, TIOCGWINSZ, &size));
}
