#include "tests/support/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace cordon::test {

terminal::terminal(const command& what) {
  int master = -1;
  int slave = -1;
  winsize size{24, 80, 0, 0};
  if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0)
    std::abort();
  master_.reset(master);
  slave_.reset(slave);
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave, F_SETFD, FD_CLOEXEC);
  // As login does: the terminal belongs to who uses it.
  if (what.as.uid != ::getuid()
      && ::fchown(slave, what.as.uid, what.as.gid) != 0)
    std::abort();
  pid_ = fork_for_program();
  if (pid_ == 0) {
    ::setsid();
    ::ioctl(slave, TIOCSCTTY, 0);
    for (const int fd : {0, 1, 2})
      ::dup2(slave, fd);
    become_program(what);
  }
}

terminal::~terminal() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool terminal::read_more(int milliseconds) {
  pollfd wait{master_.get(), POLLIN, 0};
  if (::poll(&wait, 1, milliseconds) <= 0)
    return false;
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(master_.get(), buffer.data(), buffer.size());
  if (got > 0)
    screen_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

bool terminal::wait_for(const std::string& text) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const std::size_t found = screen_.find(text, seen_);
    if (found != std::string::npos) {
      seen_ = found + text.size();
      return true;
    }
    if (std::chrono::steady_clock::now() > until)
      return false;
    read_more(200);
  }
}

void terminal::type(const std::string& keys) {
  if (::write(master_.get(), keys.data(), keys.size()) < 0)
    std::abort();
}

void terminal::resize(unsigned short rows, unsigned short columns) {
  const winsize size{rows, columns, 0, 0};
  ::ioctl(master_.get(), TIOCSWINSZ, &size);
}

pid_t terminal::foreground() const {
  pid_t group = -1;
  ::ioctl(master_.get(), TIOCGPGRP, &group);
  return group;
}

termios terminal::modes() const {
  termios now{};
  ::tcgetattr(slave_.get(), &now);
  return now;
}

int terminal::unread() const {
  // In raw mode FIONREAD counts single bytes, not lines.
  termios raw{};
  ::tcgetattr(slave_.get(), &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(slave_.get(), TCSANOW, &raw);
  int count = 0;
  ::ioctl(slave_.get(), FIONREAD, &count);
  return count;
}

int terminal::wait() {
  const auto until = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) != pid_) {
    read_more(50);
    if (std::chrono::steady_clock::now() > until) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
      pid_ = -1;
      return -1;
    }
  }
  pid_ = -1;
  while (read_more(0)) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace cordon::test
