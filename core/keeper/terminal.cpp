#include "core/keeper/terminal.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace cordon::keeper {

terminal::terminal(bool may_be) noexcept
    : own_group_(::getpgrp()) {
  interactive_ = may_be && ::isatty(0) != 0 && ::isatty(1) != 0
                 && ::isatty(2) != 0 && ::tcgetpgrp(0) == own_group_
                 && ::tcgetattr(0, &before_) == 0;
}

// SIGTTOU is blocked in the keeper, so none of the calls here stops it even
// when it is in the background.

void terminal::take_back() noexcept {
  // A group outside our signal domain (EPERM) is the shell or another of its
  // jobs: the run is in the background, and the terminal stays with them.
  const pid_t holder = ::tcgetpgrp(0);
  if (holder > 0 && ::kill(-holder, 0) != 0 && errno == EPERM
      && holder != own_group_)
    return;
  ::tcsetpgrp(0, own_group_);
}

void terminal::child_stopped() noexcept {
  if (!interactive_)
    return;
  has_childs_ = ::tcgetattr(0, &childs_) == 0;
  take_back();
  ::tcsetattr(0, TCSADRAIN, &before_);
}

void terminal::child_continues(pid_t child) noexcept {
  if (!interactive_ || ::tcgetpgrp(0) != own_group_)
    return; // continued in the background
  if (has_childs_)
    ::tcsetattr(0, TCSADRAIN, &childs_);
  ::tcsetpgrp(0, child);
}

void terminal::run_ended(bool cut_off) noexcept {
  if (!interactive_)
    return;
  take_back();
  if (cut_off)
    ::tcsetattr(0, TCSADRAIN, &before_);
}

} // namespace cordon::keeper
