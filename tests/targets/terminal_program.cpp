// A program that lives on a terminal. MODE is one of:
//   raw    switches to raw mode, says "ready", waits
//   size   says "size=ROWSxCOLUMNS" now and on every change
//   keys   says "ready"; on SIGINT says "interrupted" and exits with 3
//   lines  says "ready", then "line=…" for each line, until "quit"
//   group  says whether its process group has the terminal
#include "tests/targets/probe.hpp"

#include <sys/ioctl.h>
#include <termios.h>

#include <iostream>
#include <string>

using namespace probe;

namespace {

volatile sig_atomic_t interrupted = 0;
volatile sig_atomic_t resized = 0;

void on_interrupt(int) {
  interrupted = 1;
}
void on_resize(int) {
  resized = 1;
}

/// Without SA_RESTART, so that waits end.
void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigaction(number, &action, nullptr);
}

void say_size() {
  winsize size{};
  ::ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
  say("size", std::to_string(size.ws_row) + "x" + std::to_string(size.ws_col));
}

/// Waits for one of the handled signals without missing it.
void wait_for(volatile sig_atomic_t& flag, int number) {
  sigset_t blocked;
  sigset_t before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, number);
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  while (flag == 0)
    ::sigsuspend(&before);
  flag = 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

int raw() {
  termios modes{};
  ::tcgetattr(STDIN_FILENO, &modes);
  ::cfmakeraw(&modes);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
  std::cout << "ready\r\n" << std::flush;
  for (;;)
    ::pause();
}

int sizes() {
  handle(SIGWINCH, on_resize);
  say_size();
  for (;;) {
    wait_for(resized, SIGWINCH);
    say_size();
  }
}

int keys() {
  handle(SIGINT, on_interrupt);
  std::cout << "ready\n" << std::flush;
  wait_for(interrupted, SIGINT);
  std::cout << "interrupted\n" << std::flush;
  return 3;
}

int lines() {
  std::cout << "ready\n" << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
    say("line", line);
    if (line == "quit")
      return 0;
  }
  return 4;
}

int group() {
  const pid_t front = ::tcgetpgrp(STDIN_FILENO);
  say("foreground", front == ::getpgrp() ? "yes" : "no");
  say("leader", ::getpgrp() == ::getpid() ? "yes" : "no");
  say("session_of_parent", ::getsid(0) == ::getsid(::getppid()) ? "yes" : "no");
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "raw")
    return raw();
  if (mode == "size")
    return sizes();
  if (mode == "keys")
    return keys();
  if (mode == "lines")
    return lines();
  if (mode == "group")
    return group();
  return 99;
}
