#include "actors/later.hpp"

#include "core/process/signals.hpp"
#include "core/process/thread_pidfd.hpp"

#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

namespace cordon::actors {
namespace {

using namespace std::chrono_literals;

/// How often callers are looked at.
constexpr auto interval = 20ms;

} // namespace

/// Held by timers too, which may come due when its owner has gone.
class later::state : public std::enable_shared_from_this<state> {
public:
  state(lane_ptr home, std::shared_ptr<notify::calls> kernel, look is_signalled)
      : home_(std::move(home))
      , kernel_(std::move(kernel))
      , is_signalled_(std::move(is_signalled)) {
    home_->watch(helpers_.fd(), [this](std::uint32_t) { take_done(); });
  }
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() {
    home_->unwatch(helpers_.fd());
    for (auto& [ticket, each] : flights_)
      if (each.thread)
        home_->unwatch(each.thread.get());
  }

  bool start(const notify::request& whose, process::helpers::work what,
             then told) {
    const auto ticket = helpers_.start(std::move(what));
    if (!ticket)
      return false;
    auto& made = flights_[*ticket];
    made.id = whose.id;
    made.tid = whose.tid;
    made.told = std::move(told);
    watch_caller(made, *ticket);
    look_later();
    return true;
  }

  [[nodiscard]] std::size_t in_flight() const noexcept {
    return flights_.size();
  }

private:
  struct flight {
    std::uint64_t id = 0;
    pid_t tid = 0;
    unique_fd thread; ///< empty: only the id tells that the caller has gone
    then told;
    bool signalled = false;
    bool broken_off = false;
  };

  void watch_caller(flight& whose, process::helpers::ticket ticket) {
    whose.thread = process::thread_pidfd(whose.tid);
    if (!whose.thread)
      return;
    try {
      home_->watch(whose.thread.get(),
                   [this, ticket](std::uint32_t) { break_off(ticket, false); });
    } catch (const std::system_error&) {
      whose.thread.reset();
    }
  }

  void break_off(process::helpers::ticket ticket, bool signalled) {
    const auto found = flights_.find(ticket);
    if (found == flights_.end())
      return;
    auto& it = found->second;
    it.broken_off = true;
    it.signalled = it.signalled || signalled;
    if (it.thread && !signalled) {
      home_->unwatch(it.thread.get()); // a thread that is gone stays readable
      it.thread.reset();
    }
    helpers_.interrupt(ticket);
  }

  void look_later() {
    if (timer_runs_)
      return;
    timer_runs_ = true;
    home_->after(interval, [weak = weak_from_this()] {
      if (const auto self = weak.lock())
        self->look_at_all();
    });
  }

  /// Work that was broken off is so again until it is done: the signal may
  /// have come a moment before the call that blocks.
  void look_at_all() {
    timer_runs_ = false;
    for (auto& [ticket, each] : flights_) {
      if (each.broken_off)
        helpers_.interrupt(ticket);
      else if (!kernel_->valid(each.id))
        break_off(ticket, false);
      else if (is_signalled_(each.tid))
        break_off(ticket, true);
    }
    if (!flights_.empty())
      look_later();
  }

  void take_done() {
    for (const auto& done : helpers_.take_done()) {
      auto node = flights_.extract(done.which);
      if (node.empty())
        continue;
      auto& it = node.mapped();
      if (it.thread)
        home_->unwatch(it.thread.get());
      it.told(done.error, it.signalled && done.error == EINTR);
    }
  }

  lane_ptr home_;
  std::shared_ptr<notify::calls> kernel_;
  look is_signalled_;
  process::helpers helpers_;
  std::map<process::helpers::ticket, flight> flights_;
  bool timer_runs_ = false;
};

later::later(lane_ptr home, std::shared_ptr<notify::calls> kernel)
    : later(std::move(home), std::move(kernel), process::is_signalled) {
}

later::later(lane_ptr home, std::shared_ptr<notify::calls> kernel,
             look is_signalled)
    : state_(std::make_shared<state>(std::move(home), std::move(kernel),
                                     std::move(is_signalled))) {
}

later::~later() = default;

bool later::start(const notify::request& whose, process::helpers::work what,
                  then told) {
  return state_->start(whose, std::move(what), std::move(told));
}

std::size_t later::in_flight() const noexcept {
  return state_->in_flight();
}

} // namespace cordon::actors
