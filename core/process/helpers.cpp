#include "core/process/helpers.hpp"

#include "core/process/blocked_signals.hpp"
#include "core/process/interruption.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace cordon::process {
namespace {

using namespace std::chrono_literals;

void break_off(std::thread& thread) {
  if (const int signal = interrupting_signal(); signal != 0)
    ::pthread_kill(thread.native_handle(), signal);
}

} // namespace

helpers::helpers(std::size_t threads, std::size_t waiting)
    : most_threads_(threads)
    , most_waiting_(waiting)
    , wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_)
    throw std::system_error(errno, std::generic_category(), "eventfd");
  static_cast<void>(interrupting_signal());
}

helpers::~helpers() {
  std::unique_lock guard{lock_};
  ending_ = true;
  waiting_.clear();
  more_.notify_all();
  while (idle_ != threads_.size()) {
    for (auto& each : threads_)
      if (each.doing != 0) {
        each.broken_off = true;
        break_off(each.self);
      }
    more_.wait_for(guard, 1ms);
  }
  guard.unlock();
  for (auto& each : threads_)
    each.self.join();
}

std::optional<helpers::ticket> helpers::start(work what) {
  const std::lock_guard guard{lock_};
  if (waiting_.size() >= idle_ && threads_.size() < most_threads_)
    static_cast<void>(add_thread());
  if (threads_.empty() || waiting_.size() >= idle_ + most_waiting_)
    return std::nullopt;
  waiting_.push_back({++last_, std::move(what)});
  more_.notify_one();
  return last_;
}

bool helpers::add_thread() {
  const blocked_signals during;
  auto& made = threads_.emplace_back();
  try {
    made.self = std::thread([this, &made] { serve(made); });
  } catch (const std::system_error&) {
    threads_.pop_back(); // the limit of threads is reached
    return false;
  }
  ++idle_;
  return true;
}

void helpers::serve(thread& self) {
  hear_interruptions_only();
  std::unique_lock guard{lock_};
  while (true) {
    more_.wait(guard, [&] { return ending_ || !waiting_.empty(); });
    if (ending_)
      return;
    --idle_;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    self.doing = next.which;
    self.broken_off = false;
    guard.unlock();
    const int error = carry_out(self, next.what);
    next.what = nullptr;
    guard.lock();
    self.doing = 0;
    finish(next.which, error);
    ++idle_;
    more_.notify_all(); // the end may wait for us
  }
}

/// A signal that was meant for the work before is no reason to give up.
int helpers::carry_out(thread& self, const work& what) {
  while (true) {
    const int error = what();
    if (error != EINTR)
      return error;
    const std::lock_guard guard{lock_};
    if (self.broken_off)
      return error;
  }
}

void helpers::finish(ticket which, int error) {
  done_.push_back({which, error});
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(wake_.get(), &one, sizeof one);
}

void helpers::interrupt(ticket which) {
  const std::lock_guard guard{lock_};
  const auto found = std::ranges::find(waiting_, which, &job::which);
  if (found != waiting_.end()) {
    waiting_.erase(found);
    finish(which, EINTR);
    return;
  }
  for (auto& each : threads_)
    if (each.doing == which) {
      each.broken_off = true;
      break_off(each.self);
    }
}

std::vector<helpers::done> helpers::take_done() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto n = ::read(wake_.get(), &count, sizeof count);
  const std::lock_guard guard{lock_};
  return std::exchange(done_, {});
}

} // namespace cordon::process
