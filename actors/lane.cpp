#include "actors/lane.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace cordon::actors {
namespace {

unique_fd checked(int fd, const char* what) {
  if (fd < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return unique_fd{fd};
}

/// Messages an actor may handle before others get their turn.
constexpr std::size_t at_most = 300;

void drain(int fd) {
  std::uint64_t count = 0;
  while (::read(fd, &count, sizeof count) > 0) {
  }
}

timespec to_timespec(std::chrono::nanoseconds t) {
  constexpr auto second = 1'000'000'000;
  return {t.count() / second, t.count() % second};
}

} // namespace

lane::lane(caf::actor_system* system)
    : caf::execution_unit(system)
    , thread_(std::this_thread::get_id())
    , epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll"))
    , wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"))
    , timer_(
          checked(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
                  "timerfd")) {
  watch(wake_.get(), [this](std::uint32_t) {
    drain(wake_.get());
    take_in();
  });
  watch(timer_.get(), [this](std::uint32_t) {
    drain(timer_.get());
    run_due();
  });
}

lane::~lane() {
  // Actors hold their lane, so none is left; only what came too late is.
  for (auto* const late : arrived_)
    caf::intrusive_ptr_release(late);
  for (auto* const late : ready_)
    caf::intrusive_ptr_release(late);
  for (const auto& late : letters_)
    caf::intrusive_ptr_release(late.to->ctrl());
}

void lane::exec_later(caf::resumable* ptr) {
  // CAF runs an actor where the one that wrote to it runs, when it was idle.
  // Others' actors may block, and have no business inside the lane's domain.
  if (dynamic_cast<resident*>(ptr) == nullptr)
    return system().scheduler().enqueue(ptr);
  if (is_here()) {
    ready_.push_back(ptr);
    return;
  }
  {
    const std::lock_guard guard{way_in_};
    if (!closed_) {
      arrived_.push_back(ptr);
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto n = ::write(wake_.get(), &one, sizeof one);
      return;
    }
  }
  // Nobody will ever run it: the lane has ended, and its sandbox with it.
  caf::intrusive_ptr_release(ptr);
}

void lane::watch(int fd, handler then) {
  handlers_[fd] = std::make_shared<handler>(std::move(then));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void lane::watch_closely(int fd, handler then) {
  handlers_[fd] = std::make_shared<handler>(std::move(then));
  closest_ = fd;
}

void lane::unwatch(int fd) {
  if (handlers_.erase(fd) == 0)
    return;
  if (fd == closest_)
    closest_ = -1;
  else
    static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr));
}

void lane::after(std::chrono::milliseconds delay, std::function<void()> then) {
  due_.emplace(clock::now() + delay, std::move(then));
  arm_timer();
}

void lane::arm_timer() {
  itimerspec when{};
  if (!due_.empty())
    when.it_value = to_timespec(due_.begin()->first.time_since_epoch());
  static_cast<void>(
      ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr));
}

void lane::run_due() {
  while (!due_.empty() && due_.begin()->first <= clock::now()) {
    const auto then = std::move(due_.begin()->second);
    due_.erase(due_.begin());
    then();
  }
  arm_timer();
}

void lane::take_in() {
  const std::lock_guard guard{way_in_};
  ready_.insert(ready_.end(), arrived_.begin(), arrived_.end());
  arrived_.clear();
}

void lane::deliver(caf::scheduled_actor& to, caf::mailbox_element_ptr what) {
  caf::intrusive_ptr_add_ref(to.ctrl());
  letters_.push_back({&to, std::move(what)});
}

void lane::hand_over(letter each) {
  using result = caf::scheduled_actor::activation_result;
  auto& to = *each.to;
  const auto gone
      = [&] { return to.getf(caf::abstract_actor::is_terminated_flag); };
  const bool ready = to.getf(caf::abstract_actor::is_initialized_flag)
                     || (!gone() && to.activate(this));
  // The mailbox of one that has ended says so to whoever waits for an answer.
  if (!ready || gone() || to.reactivate(*each.what) == result::skipped)
    to.caf::scheduled_actor::enqueue(std::move(each.what), this);
  caf::intrusive_ptr_release(to.ctrl());
}

void lane::resume_all() {
  while (!letters_.empty() || !ready_.empty()) {
    while (!letters_.empty()) {
      auto next = std::move(letters_.front());
      letters_.pop_front();
      hand_over(std::move(next));
    }
    if (ready_.empty())
      return;
    auto* const next = ready_.front();
    ready_.pop_front();
    switch (next->resume(this, at_most)) {
    case caf::resumable::resume_later:
      ready_.push_back(next);
      break;
    case caf::resumable::shutdown_execution_unit:
      stopped_ = true;
      [[fallthrough]];
    case caf::resumable::awaiting_message:
    case caf::resumable::done:
      caf::intrusive_ptr_release(next);
      break;
    }
  }
}

void lane::dispatch(int fd, std::uint32_t events) {
  const auto found = handlers_.find(fd);
  if (found == handlers_.end())
    return;                        // unwatched by a handler before it
  const auto then = found->second; // which may unwatch itself
  (*then)(events);
}

/// epoll(7) forgets where a wake-up came from; poll(2) hands on that it should
/// be here. Returns whether there is something in the epoll set.
bool lane::wait_for_closest() {
  pollfd watched[] = {{closest_, POLLIN, 0}, {epoll_.get(), POLLIN, 0}};
  if (::poll(watched, 2, -1) < 0)
    return errno != EINTR;
  if (watched[0].revents != 0)
    dispatch(watched[0].fd, static_cast<std::uint32_t>(watched[0].revents));
  return watched[1].revents != 0;
}

void lane::work() {
  take_in();
  resume_all();
}

int lane::run() {
  int error = 0;
  work();
  while (!stopped_) {
    if (closest_ >= 0 && !wait_for_closest()) {
      resume_all();
      continue;
    }
    epoll_event happened[16];
    const int count
        = ::epoll_wait(epoll_.get(), happened, 16, closest_ < 0 ? -1 : 0);
    if (count < 0 && errno != EINTR) {
      error = errno;
      break;
    }
    for (int i = 0; i < count; ++i)
      dispatch(happened[i].data.fd, happened[i].events);
    resume_all();
  }
  // What actors told to quit still have to do is done; then the way in shuts.
  stopped_ = false;
  work();
  const std::lock_guard guard{way_in_};
  closed_ = true;
  stopped_ = true;
  return error;
}

} // namespace cordon::actors
